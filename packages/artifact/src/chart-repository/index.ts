/** Chart repositories over HTTP, and the door to whatever else charts may come from. */
export { ChartIndex } from './chart-index.ts'
export { type ChartOffer, ChartReferenceError, type ChartSource } from './chart-source.ts'
export { ChartFetchError } from './fetch-failure.ts'
export type { HttpAccess } from './http-access.ts'
export { IndexError } from './index-fields.ts'
export { readIndex } from './read-index.ts'
export { ChartRepositories } from './repositories.ts'
export type { ChartRepository } from './repository.ts'
