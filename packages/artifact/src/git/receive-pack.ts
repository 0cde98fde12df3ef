/**
 * From the server's answer into the mirror: the pack is checked and indexed by `git index-pack` while it arrives, and is
 * there whole or not at all.
 */
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { connectionFailure } from './connection-failure.ts'
import { GitError } from './git-error.ts'
import { startGit } from './git-process.ts'
import { packStream } from './pack-stream.ts'

export interface ReceiveOptions {
  response: Readable
  /** The bare repository. */
  directory: string
  maxBytes: number
  /** For messages. */
  url: string
  signal: AbortSignal
}

export async function receivePack({ response, directory, maxBytes, url, signal }: ReceiveOptions): Promise<void> {
  const git = startGit(['index-pack', '--stdin', '--fix-thin'], directory)
  git.child.stdout.resume()
  try {
    for await (const chunk of packStream(response, maxBytes)) {
      if (!git.child.stdin.write(chunk)) await Promise.race([once(git.child.stdin, 'drain'), git.finished])
    }
    git.child.stdin.end()
    await git.finished
  } catch (error) {
    git.kill()
    response.destroy()
    if (error instanceof GitError && !signal.aborted) throw error
    throw connectionFailure(error, 'Post', url, signal)
  }
}
