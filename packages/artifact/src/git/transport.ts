/** How a remote is spoken to. The two kinds differ in how bytes get there; what is said is the same protocol. */
import type { Readable } from 'node:stream'
import { GitError } from './git-error.ts'
import { HttpTransport } from './http-transport.ts'
import type { RefAdvertisement } from './ref-advertisement.ts'
import type { GitRemote } from './remote.ts'
import { SshTransport } from './ssh-transport.ts'

export interface GitTransport {
  /** What the remote has now. */
  listRefs(signal: AbortSignal): Promise<RefAdvertisement>
  /** Sends the request of a fetch and gives the answer's bytes. Read them to the end, or destroy the stream. */
  uploadPack(request: string, signal: AbortSignal): Promise<Readable>
  close(): void
}

export function transportFor(remote: GitRemote): GitTransport {
  const { protocol } = new URL(remote.url)
  if (protocol === 'http:' || protocol === 'https:') return new HttpTransport(remote)
  if (protocol === 'ssh:') return new SshTransport(remote)
  throw new GitError(`protocol '${protocol.slice(0, -1)}' is not supported; use https, http or ssh`)
}
