/** A failure of an action, in Helm's words. */
import type { ReleaseRecord } from '../record/release-record.ts'

/** What kind of failure it is, for those who must decide on it. */
export type ReleaseFailure =
  | 'invalid-name'
  | 'name-in-use'
  /** Another action is at work on the release, or broke off. */
  | 'pending'
  | 'not-found'
  | 'already-uninstalled'
  | 'already-exists'
  | 'no-deployed-release'
  /** The chart or its values did not render. */
  | 'render'
  /** Objects that the cluster does not know or does not take. */
  | 'build'
  /** Objects that belong to somebody else. */
  | 'ownership'
  | 'unreachable'
  | 'hook'
  | 'apply'
  | 'wait'
  | 'delete'
  | 'storage'
  | 'cancelled'

export interface ReleaseErrorOptions {
  cause?: unknown
  record?: ReleaseRecord
}

export class ReleaseError extends Error {
  override name = 'ReleaseError'
  readonly failure: ReleaseFailure
  /** The record that this action wrote, in its last state; undefined when the storage is as it was. */
  record: ReleaseRecord | undefined

  constructor(failure: ReleaseFailure, message: string, options: ReleaseErrorOptions = {}) {
    super(message, { cause: options.cause })
    this.failure = failure
    this.record = options.record
  }
}
