/** The registries that a process reaches: connections and tokens by login, and content by digest, shared and bounded. */
import { ArchiveCache } from '../chart-repository/archive-cache.ts'
import { type RegistryAccess, registryIdentity } from './registry-access.ts'
import type { RegistryName } from './registry-name.ts'
import { RegistryRepository } from './registry-repository.ts'
import { RegistrySession } from './registry-session.ts'

/** Sets of kept-alive connections. */
const MOST_SESSIONS = 128

export class Registries {
  readonly #blobs = new ArchiveCache()
  readonly #sessions = new Map<string, RegistrySession>()
  readonly #ended = new AbortController()

  open(name: RegistryName, access: RegistryAccess): RegistryRepository {
    const { timeoutMs } = access
    const identity = registryIdentity(name.registry, access)
    const { signal } = this.#ended
    const key = JSON.stringify([identity, timeoutMs])
    let session = this.#sessions.get(key)
    if (session) this.#sessions.delete(key)
    else session = new RegistrySession(name.registry, access, signal)
    this.#sessions.set(key, session)
    for (const [oldest, old] of this.#sessions) {
      if (this.#sessions.size <= MOST_SESSIONS) break
      this.#sessions.delete(oldest)
      old.closeIdle()
    }
    const shared = JSON.stringify([identity, name.repository])
    return new RegistryRepository({ name, session, identity: shared, blobs: this.#blobs, timeoutMs, signal })
  }

  /** Ends what is under way. */
  close(): void {
    this.#ended.abort()
    for (const session of this.#sessions.values()) session.close()
  }
}
