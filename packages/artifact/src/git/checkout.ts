/**
 * From a reference to a commit that is here: list, select, compare with what was seen last, fetch when it moved. The
 * errors say, as Flux does, whether the listing or the clone failed.
 */
import { EmptyRepositoryError, GitError, MirrorCorruptError, RefSelectionError } from './git-error.ts'
import type { GitCommit } from './git-object.ts'
import type { GitMirror } from './mirror.ts'
import type { MirrorView } from './mirror-generation.ts'
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

/** Wraps a failure with what was being done; the failure itself is the `cause`. */
export class CheckoutError extends GitError {
  override name = 'CheckoutError'
}

/** The branch asked for is in a repository without commits. */
export class NoCommitError extends CheckoutError {
  override name = 'NoCommitError'
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
  const { url } = mirror.remote
  const lists = listsFirst(ref, lastRevision)
  try {
    refuseImpossibleRef(ref)
    const refs = await mirror.listRefs(signal)
    if (refs.refs.size === 0 && lists) throw new EmptyRepositoryError()
    const selection = await cloneFails(url, ref, () => Promise.resolve(selectRef(ref, refs)))
    const candidate = await cloneFails(url, ref, () => youngest(mirror, selection, refs, signal))
    const revision = gitRevision(candidate.label, candidate.commit)
    const unchanged = lastRevision !== undefined && normalRevision(lastRevision) === revision
    return { revision, candidate, selection, refs, unchanged }
  } catch (error) {
    if (lists) throw said(error, `unable to list remote for '${displayUrl(url)}'`)
    return cloneFails(url, ref, () => Promise.reject(error))
  }
}

/** Brings the target's commit here and runs `work` over it. */
export function readTarget<T>(
  mirror: GitMirror,
  target: Target,
  signal: AbortSignal,
  work: (view: MirrorView, commit: GitCommit) => Promise<T>,
): Promise<T> {
  const { candidate, selection, refs } = target
  return cloneFails(mirror.remote.url, undefined, async () => {
    if (!selection.pinned || mayWantAnything(refs) || isTip(candidate.want, refs)) {
      return mirror.read({ wants: [candidate.want], refs, signal }, async view =>
        work(view, await view.commit(candidate.want)),
      )
    }
    // The server gives only tips: bring the history of the branches and look.
    const tips = [...refs.refs].filter(([name]) => name.startsWith('refs/heads/')).map(([, id]) => id)
    return mirror.read({ wants: [...new Set(tips)], refs, signal, history: true }, async view => {
      if (!(await view.has(candidate.want))) throw unknownCommit(candidate.want)
      return work(view, await view.commit(candidate.want))
    })
  })
}

function mayWantAnything(refs: RefAdvertisement): boolean {
  return refs.capabilities.has('allow-reachable-sha1-in-want') || refs.capabilities.has('allow-any-sha1-in-want')
}

function isTip(id: string, refs: RefAdvertisement): boolean {
  for (const tip of refs.refs.values()) if (tip === id) return true
  return false
}

/** Of tags with equal versions the one whose commit is the youngest. */
async function youngest(
  mirror: GitMirror,
  { candidates }: Selection,
  refs: RefAdvertisement,
  signal: AbortSignal,
): Promise<Candidate> {
  if (candidates.length === 1) return candidates[0]!
  const wants = candidates.map(candidate => candidate.want)
  return mirror.read({ wants, refs, signal }, async view => {
    const dates = await Promise.all(wants.map(async want => (await view.commit(want)).committedAt))
    return candidates[dates.lastIndexOf(Math.max(...dates))]!
  })
}

/** Flux lists before it clones for names always, for branches and tags when it has something to compare. */
function listsFirst(ref: GitReference | undefined, lastRevision: string | undefined): boolean {
  if (ref?.commit) return false
  if (ref?.name) return true
  if (!ref?.tag && ref?.semver) return false
  return lastRevision !== undefined
}

async function cloneFails<T>(url: string, ref: GitReference | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof EmptyRepositoryError) throw emptyRepository(error, url, ref)
    throw said(error, `unable to clone '${displayUrl(url)}'`)
  }
}

/** Only a branch may be waited for: the rest Flux takes for a repository that is not there. */
function emptyRepository(error: EmptyRepositoryError, url: string, ref: GitReference | undefined): CheckoutError {
  const branch = !ref?.commit && !ref?.name && !ref?.tag && !ref?.semver
  if (branch) return new NoCommitError('git repository is empty', { cause: error })
  const message = `unable to clone: ${error.message}: git repository: '${displayUrl(url)}'`
  return new CheckoutError(message, { cause: error })
}

function said(error: unknown, doing: string): unknown {
  if (!(error instanceof GitError) || error instanceof MirrorCorruptError) return error
  if (error instanceof CheckoutError) return error
  // Says it all by itself.
  if (error instanceof RefSelectionError) return new CheckoutError(error.message, { cause: error })
  return new CheckoutError(`${doing}: ${error.message}`, { cause: error })
}
