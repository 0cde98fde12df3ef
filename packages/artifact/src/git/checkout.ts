/**
 * From a reference to a commit that is here: list, select, compare with what was seen last, fetch when it moved. The
 * errors say, as Flux does, whether the listing or the clone failed.
 */
import { EmptyRepositoryError, GitError, MirrorCorruptError, RefSelectionError } from './git-error.ts'
import type { GitCommit } from './git-object.ts'
import type { GitMirror } from './mirror.ts'
import type { RefAdvertisement } from './ref-advertisement.ts'
import {
  type Candidate,
  type GitReference,
  refuseImpossibleRef,
  type Selection,
  selectRef,
  unknownCommit,
} from './ref-selection.ts'
import { displayUrl } from './remote.ts'
import { gitRevision, normalRevision } from './revision.ts'

/** Wraps a failure with what was being done, keeping the class reachable as `cause`. */
export class CheckoutError extends GitError {
  override name = 'CheckoutError'
  declare cause: GitError
  constructor(message: string, cause: GitError) {
    super(message, { cause })
  }
}

export interface Target {
  revision: string
  candidate: Candidate
  selection: Selection
  refs: RefAdvertisement
  /** The remote is where it was when `lastRevision` was stored; nothing was fetched. */
  unchanged: boolean
}

/**
 * Asks the remote once and says what to check out.
 *
 * @param lastRevision revision of the artifact in storage, when there is one
 */
export async function findTarget(
  mirror: GitMirror,
  ref: GitReference | undefined,
  lastRevision: string | undefined,
  signal: AbortSignal,
): Promise<Target> {
  const url = displayUrl(mirror.remote.url)
  let refs: RefAdvertisement
  try {
    refuseImpossibleRef(ref)
    refs = await mirror.listRefs(signal)
  } catch (error) {
    throw said(error, listsFirst(ref, lastRevision) ? `unable to list remote for '${url}'` : `unable to clone '${url}'`)
  }
  try {
    const selection = selectRef(ref, refs)
    const candidate =
      selection.candidates.length === 1 ? selection.candidates[0]! : await youngest(mirror, selection, refs, signal)
    const revision = gitRevision(candidate.label, candidate.commit)
    const unchanged = lastRevision !== undefined && normalRevision(lastRevision) === revision
    return { revision, candidate, selection, refs, unchanged }
  } catch (error) {
    throw said(error, `unable to clone '${url}'`)
  }
}

/** Makes sure the target's commit is in the mirror. Within {@link GitMirror.exclusively}. */
export async function fetchTarget(mirror: GitMirror, target: Target, signal: AbortSignal): Promise<GitCommit> {
  try {
    await fetchCandidate(mirror, target.candidate, target.selection, target.refs, signal)
    return await mirror.commit(target.candidate.want)
  } catch (error) {
    throw said(error, `unable to clone '${displayUrl(mirror.remote.url)}'`)
  }
}

async function fetchCandidate(
  mirror: GitMirror,
  candidate: Candidate,
  selection: Selection,
  refs: RefAdvertisement,
  signal: AbortSignal,
): Promise<void> {
  if (!selection.pinned || mayWantAnything(refs) || isTip(candidate.want, refs)) {
    return mirror.fetch([candidate.want], refs, signal)
  }
  if (await mirror.has(candidate.want)) return
  // The server gives only tips: bring the history of the branches and look.
  const tips = [...refs.refs].filter(([name]) => name.startsWith('refs/heads/')).map(([, id]) => id)
  await mirror.fetch([...new Set(tips)], refs, signal, undefined)
  if (!(await mirror.has(candidate.want))) throw unknownCommit(candidate.want)
}

function mayWantAnything(refs: RefAdvertisement): boolean {
  return refs.capabilities.has('allow-reachable-sha1-in-want') || refs.capabilities.has('allow-any-sha1-in-want')
}

function isTip(id: string, refs: RefAdvertisement): boolean {
  for (const tip of refs.refs.values()) if (tip === id) return true
  return false
}

function youngest(
  mirror: GitMirror,
  selection: Selection,
  refs: RefAdvertisement,
  signal: AbortSignal,
): Promise<Candidate> {
  return mirror.exclusively(async () => {
    let best: { candidate: Candidate; at: number } | undefined
    for (const candidate of selection.candidates) {
      await mirror.fetch([candidate.want], refs, signal)
      const { committedAt } = await mirror.commit(candidate.want)
      if (!best || committedAt >= best.at) best = { candidate, at: committedAt }
    }
    return best!.candidate
  })
}

/** Flux lists before it clones for names always, for branches and tags when it has something to compare. */
function listsFirst(ref: GitReference | undefined, lastRevision: string | undefined): boolean {
  if (ref?.commit) return false
  if (ref?.name) return true
  if (!ref?.tag && ref?.semver) return false
  return lastRevision !== undefined
}

function said(error: unknown, doing: string): unknown {
  if (!(error instanceof GitError) || error instanceof MirrorCorruptError) return error
  if (error instanceof CheckoutError) return error
  // These say it all by themselves.
  if (error instanceof RefSelectionError || error instanceof EmptyRepositoryError)
    return new CheckoutError(error.message, error)
  return new CheckoutError(`${doing}: ${error.message}`, error)
}
