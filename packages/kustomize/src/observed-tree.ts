/**
 * A build's view of its tree: it remembers each question that was asked. A build is a function of the answers, so that they tell whether another tree would
 * give the same. Scopes nest as layers do; what is asked in one is asked in all around it.
 */
import { sha256 } from '#sha256'
import { type DirectoryEntry, type FileTree, listingDigest } from './file-tree.ts'

/** The questions, in the order in which they were first asked. */
export interface Questions {
  files: Set<string>
  directories: Set<string>
  /** Paths whose symbolic links were followed. */
  links: Set<string>
}

interface Scope extends Questions {
  /** Whether all that it gives depends on the tree alone. */
  isRepeatable: boolean
}

export class ObservedTree implements FileTree {
  readonly realPath?: (path: string) => string | undefined
  private readonly base: FileTree
  private readonly scopes: [Scope, ...Scope[]] = [newScope()]
  private readonly digests = new Map<string, string | null>()
  /** Kept where answers are compared later and the tree might change meanwhile. */
  private readonly contents: Map<string, Uint8Array | undefined> | undefined

  constructor(base: FileTree, keepsContents: boolean) {
    this.base = base
    this.contents = keepsContents && !base.fileDigest ? new Map() : undefined
    if (base.realPath) {
      this.realPath = path => {
        this.scope.links.add(path)
        return base.realPath?.(path)
      }
    }
  }

  readFile(path: string): Uint8Array | undefined {
    this.scope.files.add(path)
    return this.content(path)
  }

  readDirectory(path: string): readonly DirectoryEntry[] | undefined {
    this.scope.directories.add(path)
    return this.base.readDirectory(path)
  }

  /** SHA-256 in hex, null when there is no such file. Does not count as a question. */
  digest(path: string): string | null {
    let digest = this.digests.get(path)
    if (digest === undefined) {
      const content = this.base.fileDigest ? undefined : this.content(path)
      digest = this.base.fileDigest ? (this.base.fileDigest(path) ?? null) : content ? sha256(content) : null
      this.digests.set(path, digest)
    }
    return digest
  }

  /** One text for all answers: equal when they are. */
  fingerprint({ files, directories, links }: Questions): string {
    const lines: string[] = []
    for (const path of files) lines.push(`${path} ${this.digest(path)}`)
    for (const path of directories) lines.push(`${path} ${this.listing(path)}`)
    for (const path of links) lines.push(`${path} ${this.base.realPath?.(path)}`)
    return sha256(lines.join('\n'))
  }

  listing(path: string): string | null {
    const entries = this.base.readDirectory(path)
    return entries ? listingDigest(entries) : null
  }

  /** What was asked in the whole build so far. */
  get questions(): Questions {
    return this.scopes[0]
  }

  /** Counts questions as asked, whose answers are known. */
  ask(questions: Questions): void {
    addAll(this.scope, questions)
  }

  /** Says that something beside the tree was asked. */
  leaveTree(): void {
    for (const scope of this.scopes) scope.isRepeatable = false
  }

  /** Runs a step and gives back what was asked in it; undefined when not all of it was asked of this tree. */
  async during<T>(step: () => Promise<T>): Promise<{ result: T; questions: Questions | undefined }> {
    const scope = newScope()
    this.scopes.push(scope)
    try {
      const result = await step()
      return { result, questions: scope.isRepeatable ? scope : undefined }
    } finally {
      this.scopes.pop()
      addAll(this.scope, scope)
    }
  }

  private get scope(): Scope {
    return this.scopes.at(-1) ?? this.scopes[0]
  }

  private content(path: string): Uint8Array | undefined {
    if (!this.contents) return this.base.readFile(path)
    if (!this.contents.has(path)) this.contents.set(path, this.base.readFile(path))
    return this.contents.get(path)
  }
}

function newScope(): Scope {
  return { files: new Set(), directories: new Set(), links: new Set(), isRepeatable: true }
}

function addAll(to: Questions, from: Questions): void {
  for (const path of from.files) to.files.add(path)
  for (const path of from.directories) to.directories.add(path)
  for (const path of from.links) to.links.add(path)
}
