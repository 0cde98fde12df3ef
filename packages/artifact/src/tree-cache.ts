/**
 * Unpacked artifacts by digest, shared by all their consumers: two Kustomizations on one repository read the same tree.
 * Bounded by bytes, the least recently used goes first; whoever loads one that is being loaded waits for the same load.
 */
import type { MemoryTree } from './file-tree.ts'

export class TreeCache {
  readonly #maxBytes: number
  readonly #trees = new Map<string, MemoryTree>()
  readonly #loading = new Map<string, Promise<MemoryTree>>()
  #bytes = 0

  /** @param maxBytes default 256 MiB */
  constructor(maxBytes = 256 * 1024 * 1024) {
    this.#maxBytes = maxBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  /** The tree when it is here, without loading. */
  peek(digest: string): MemoryTree | undefined {
    const tree = this.#trees.get(digest)
    if (tree) {
      this.#trees.delete(digest)
      this.#trees.set(digest, tree)
    }
    return tree
  }

  put(digest: string, tree: MemoryTree): void {
    if (this.#trees.has(digest)) return
    // One tree that would push everything else out is better read again when it is needed.
    if (tree.bytes > this.#maxBytes) return
    this.#trees.set(digest, tree)
    this.#bytes += tree.bytes
    for (const [oldest, old] of this.#trees) {
      if (this.#bytes <= this.#maxBytes) break
      this.#trees.delete(oldest)
      this.#bytes -= old.bytes
    }
  }

  /** The tree from here, or by `load`. */
  get(digest: string, load: () => Promise<MemoryTree>): Promise<MemoryTree> {
    const tree = this.peek(digest)
    if (tree) return Promise.resolve(tree)
    const loading = this.#loading.get(digest)
    if (loading) return loading
    const mine = load()
      .then(loaded => {
        this.put(digest, loaded)
        return loaded
      })
      .finally(() => this.#loading.delete(digest))
    this.#loading.set(digest, mine)
    return mine
  }
}
