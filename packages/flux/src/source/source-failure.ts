/**
 * How a step of a source's reconciliation fails: with the reason and message users see in the condition, and with what
 * would help.
 *
 * - `retry`: the world may change, try again with growing pauses;
 * - `waiting`: for another object, whose change wakes this one;
 * - `stalled`: until somebody changes the object.
 */
export type FailureMode = 'retry' | 'waiting' | 'stalled'

export type FailureCondition =
  | 'FetchFailed'
  | 'StorageOperationFailed'
  | 'IncludeUnavailable'
  | 'BuildFailed'
  | 'SourceVerified'

export class SourceFailure extends Error {
  override name = 'SourceFailure'
  readonly reason: string
  /** `SourceVerified` is set False, the others True; absent: only Ready and an event tell. */
  readonly condition: FailureCondition | undefined
  readonly mode: FailureMode

  constructor(
    condition: FailureCondition | undefined,
    reason: string,
    message: string,
    options: ErrorOptions & { mode?: FailureMode } = {},
  ) {
    super(message, options)
    this.condition = condition
    this.reason = reason
    this.mode = options.mode ?? 'retry'
  }
}
