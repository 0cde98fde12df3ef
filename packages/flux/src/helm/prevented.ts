/**
 * Why a release cannot be worked on: `waiting` for something whose change wakes it, `retry` soon, `refused` or
 * `misconfigured` until its spec changes.
 */
export class Prevented extends Error {
  override name = 'Prevented'
  readonly how: 'waiting' | 'retry' | 'refused' | 'misconfigured'
  readonly reason: string
  /** Text of the event, if there is to be one. */
  readonly event: string | undefined

  constructor(how: Prevented['how'], reason: string, message: string, event?: string, options?: ErrorOptions) {
    super(message, options)
    this.how = how
    this.reason = reason
    this.event = event
  }
}
