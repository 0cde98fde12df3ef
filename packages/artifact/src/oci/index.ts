/** Registries of OCI artifacts: the pull side of their protocol, logins, and charts in them. */
export { DockerConfigError, type DockerLogin, dockerLogins, loginFor } from './docker-config.ts'
export { type Descriptor, isDigest, type Manifest } from './manifest.ts'
export { Registries } from './registries.ts'
export type { RegistryAccess } from './registry-access.ts'
export { RegistryCharts } from './registry-charts.ts'
export { RegistryError } from './registry-failure.ts'
export {
  isLocalRegistry,
  isLoopbackRegistry,
  type RegistryName,
  RegistryNameError,
  registryName,
} from './registry-name.ts'
export type { RegistryRepository } from './registry-repository.ts'
