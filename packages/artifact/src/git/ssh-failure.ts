/**
 * What `ssh` and the other side's shell print, as the failures and words Flux's users know (Go's ssh client and go-git).
 */
import { GitConnectionError, type GitError, RepositoryNotFoundError } from './git-error.ts'
import type { GitRemote } from './remote.ts'

export function sshFailure(stderr: string, remote: GitRemote): GitError | undefined {
  const { hostname, port } = new URL(remote.url)
  const at = `${hostname}:${port || '22'}`
  const text = stderr.trim()
  if (text === '') return undefined
  if (/Permission denied \(|Too many authentication failures/.test(text)) {
    const methods = 'attempted methods [none publickey], no supported methods remain'
    return new GitConnectionError(`ssh: handshake failed: ssh: unable to authenticate, ${methods}`)
  }
  if (/IDENTIFICATION HAS CHANGED/.test(text)) {
    return new GitConnectionError('ssh: handshake failed: knownhosts: key mismatch')
  }
  if (/Host key verification failed|host key is known for/.test(text)) {
    return new GitConnectionError('ssh: handshake failed: knownhosts: key is unknown')
  }
  if (/Could not resolve hostname/.test(text))
    return new GitConnectionError(`dial tcp: lookup ${hostname}: no such host`)
  if (/Connection refused/.test(text)) return new GitConnectionError(`dial tcp ${at}: connect: connection refused`)
  if (/Connection timed out|Operation timed out/.test(text))
    return new GitConnectionError(`dial tcp ${at}: i/o timeout`)
  if (/No route to host|Network is unreachable/.test(text)) {
    return new GitConnectionError(`dial tcp ${at}: connect: no route to host`)
  }
  if (
    /Repository not found|does not appear to be a git repository|project you were looking for could not be found/i.test(
      text,
    )
  ) {
    return new RepositoryNotFoundError('')
  }
  if (/incorrect passphrase|invalid format|error in libcrypto/i.test(text)) {
    return new GitConnectionError('the private key cannot be read: it is damaged, or its passphrase is another one')
  }
  return new GitConnectionError(`ssh: ${text.split('\n').slice(-3).join('; ')}`)
}
