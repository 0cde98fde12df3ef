/** The state of a release cannot be told, or what was to be done failed without a trace: to be tried again. */
export class PassError extends Error {
  override name = 'PassError'
}
