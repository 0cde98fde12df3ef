/** A step of a Kustomization's pass failed: the condition's reason and message, and what the event says when it says more. */
export class StepError extends Error {
  override name = 'StepError'
  readonly reason: string
  /** Text of the event; the condition's message when they are the same. */
  readonly eventMessage: string

  constructor(reason: string, message: string, eventMessage = message, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
    this.eventMessage = eventMessage
  }
}
