/**
 * The fleet service: ARM's resource API for clusters, extensions and Flux configurations, the agents' endpoint, and
 * the store behind them. `startFleet` runs it; `localAuthority` makes certificates for one's own machine.
 */
export type { Role } from './access/roles.ts'
export { type LocalAuthority, localAuthority } from './authority.ts'
export { type ServedFleet, type ServeOptions, serveFleet } from './serve-fleet.ts'
export { serviceLog } from './service-log.ts'
export { type Fleet, type FleetOptions, startFleet } from './start-fleet.ts'
