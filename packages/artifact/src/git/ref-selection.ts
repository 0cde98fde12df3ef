/**
 * Which commit a `spec.ref` means, given what the remote has. Pure: the precedence, labels and errors of Flux 2.9
 * (commit, name, tag, semver, branch, then `master`).
 */
import {
  ConstraintError,
  compareVersions,
  parseConstraint,
  parseVersion,
  satisfies,
  type Version,
} from '@sluice/semver'
import { EmptyRepositoryError, RefSelectionError, RemoteRefNotFoundError } from './git-error.ts'
import type { RefAdvertisement } from './ref-advertisement.ts'

/** `spec.ref` of a GitRepository. */
export interface GitReference {
  branch?: string
  tag?: string
  semver?: string
  name?: string
  commit?: string
}

export interface Candidate {
  /** Label of the revision, '' for none. */
  label: string
  /** The object to ask the server for: a commit, or a tag that leads to one. */
  want: string
  /** The commit itself. */
  commit: string
  /** Short name of the tag it was chosen by. */
  tag?: string
}

export interface Selection {
  /** One, or several tags of equal version among which the youngest commit wins. */
  candidates: Candidate[]
  /** The commit need not be an advertised one: the server may refuse to give it by its id alone. */
  pinned: boolean
  /** Flux asks for references first and skips the clone when nothing moved (not for commits and ranges). */
  comparable: boolean
}

const FULL_ID = /^[0-9a-f]{40}$/

export function selectRef(ref: GitReference | undefined, remote: RefAdvertisement): Selection {
  if (ref?.commit) return pinnedCommit(ref, ref.commit, remote)
  if (ref?.name) return byName(ref.name, remote)
  if (ref?.tag) return comparable(found(`refs/tags/${ref.tag}`, ref.tag, remote))
  if (ref?.semver) return byRange(ref.semver, remote)
  const branch = ref?.branch || 'master'
  return comparable(found(`refs/heads/${branch}`, branch, remote))
}

/** What can be said of a reference before asking anybody. */
export function refuseImpossibleRef(ref: GitReference | undefined): void {
  if (ref?.commit) return
  if (ref?.name && (ref.name.startsWith('/') || ref.name.endsWith('/'))) {
    throw new RefSelectionError(`ref ${ref.name} is invalid; Git refs cannot begin or end with a slash '/'`)
  }
  if (!ref?.name && !ref?.tag && ref?.semver) parseRange(ref.semver)
}

function comparable(candidate: Candidate): Selection {
  return { candidates: [candidate], pinned: false, comparable: true }
}

function found(fullName: string, label: string, remote: RefAdvertisement): Candidate {
  if (remote.refs.size === 0) throw new EmptyRepositoryError()
  const want = remote.refs.get(fullName)
  if (want === undefined) throw new RemoteRefNotFoundError(fullName)
  return { label, want, commit: remote.peeled.get(fullName) ?? want, tag: tagOf(fullName) }
}

function tagOf(fullName: string): string | undefined {
  return fullName.startsWith('refs/tags/') ? fullName.slice('refs/tags/'.length) : undefined
}

function byName(name: string, remote: RefAdvertisement): Selection {
  if (remote.refs.size === 0) throw new EmptyRepositoryError()
  // `refs/tags/v1^{}` is a peeled tag's own name in a list of references; a tag is peeled anyway.
  const plain = name.replace(/\^\{\}$/, '')
  if (!remote.refs.has(plain) || (plain !== name && !remote.peeled.has(plain))) {
    throw new RefSelectionError(`unable to resolve ref '${name}' to a specific commit`)
  }
  return comparable(found(plain, name, remote))
}

function byRange(range: string, remote: RefAdvertisement): Selection {
  const constraint = parseRange(range)
  if (remote.refs.size === 0) throw new EmptyRepositoryError()
  let best: { version: Version; tags: string[] } | undefined
  for (const name of remote.refs.keys()) {
    if (!name.startsWith('refs/tags/')) continue
    const tag = name.slice('refs/tags/'.length)
    // Flux wants three parts: `1.2` is no version of a release.
    const version = tag.split('.').length >= 3 ? parseVersion(tag) : undefined
    if (!version || !satisfies(version, constraint)) continue
    const order = best ? compareVersions(version, best.version) : 1
    if (order > 0) best = { version, tags: [tag] }
    else if (order === 0) best?.tags.push(tag)
  }
  if (!best) throw new RefSelectionError(`no match found for semver: ${range}`)
  const candidates = best.tags.map(tag => found(`refs/tags/${tag}`, tag, remote))
  return { candidates, pinned: false, comparable: false }
}

function parseRange(range: string) {
  try {
    return parseConstraint(range)
  } catch (error) {
    if (error instanceof ConstraintError) throw new RefSelectionError(`semver parse error: ${error.message}`)
    throw error
  }
}

function pinnedCommit(ref: GitReference, commit: string, remote: RefAdvertisement): Selection {
  if (remote.refs.size === 0) throw new EmptyRepositoryError()
  if (ref.branch && !remote.refs.has(`refs/heads/${ref.branch}`)) {
    throw new RemoteRefNotFoundError(`refs/heads/${ref.branch}`)
  }
  if (!FULL_ID.test(commit)) throw unknownCommit(commit)
  const label = ref.name || ref.branch || ''
  const candidate = { label, want: commit, commit, tag: ref.name && tagOf(ref.name) }
  return { candidates: [candidate], pinned: true, comparable: false }
}

export function unknownCommit(commit: string): RefSelectionError {
  return new RefSelectionError(`unable to resolve commit object for '${commit}': object not found`)
}
