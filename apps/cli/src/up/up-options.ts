/** What `sluice up` was asked for. */
import type { OwnRepository } from './desired-configurations.ts'

export interface UpOptions {
  dataDir: string
  fresh: boolean
  clusters: number
  /** Milliseconds until the wait for all configurations is given up. */
  timeout: number
  /** Stop everything once all configurations are compliant, or the time is over. */
  untilReady: boolean
  json: boolean
  /** Deployed instead of the example repository. `head`: the commit its ref stood for at the start. */
  repository?: OwnRepository & { head: string }
}
