/** A connection's failure as Git's users are told it. */
import { inGoWords } from '../go-words.ts'
import { GitConnectionError } from './git-error.ts'
import { displayUrl } from './remote.ts'

export function connectionFailure(
  error: unknown,
  verb: 'Get' | 'Post',
  target: string,
  signal: AbortSignal,
): GitConnectionError {
  const said = `${verb} ${JSON.stringify(displayUrl(target))}: `
  if (signal.aborted) return new GitConnectionError(`${said}context deadline exceeded`, { cause: error })
  return new GitConnectionError(said + inGoWords(error, target), { cause: error })
}
