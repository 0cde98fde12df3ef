/** What was asked cannot be meant: ends the command with exit code 2, where failures of the work itself end with 1. */
export class UsageError extends Error {
  override name = 'UsageError'
}
