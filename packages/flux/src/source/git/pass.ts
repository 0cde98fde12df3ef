/**
 * One reconciliation of a GitRepository, step by step as Flux 2.9's source-controller: storage, credentials, includes,
 * remote, content, artifact. An unchanged remote ends after one request. What a step learns goes into the conditions; the
 * first step that fails ends the pass.
 */
import type { Artifact, GitRepository } from '@sluice/api'
import {
  type ArtifactStore,
  CheckoutError,
  findTarget,
  type GitMirrors,
  type GitRemote,
  NoCommitError,
  readTarget,
  shortMessage,
  type Target,
} from '@sluice/artifact'
import { durationOr, type EventDraft } from '@sluice/controller'
import { checkStorage } from '../check-storage.ts'
import { contentFilter } from '../content-filter.ts'
import { ProxySecretError, proxyUrl } from '../proxy-secret.ts'
import type { SecretData } from '../secret-data.ts'
import { SourceFailure } from '../source-failure.ts'
import type { SourcePass } from '../source-frame.ts'
import { storedEvents } from '../stored-event.ts'
import { contentConfigChanged, includesChanged } from './content-config.ts'
import { gitAuth, refuseProvider } from './credentials.ts'
import { addIncludes, checkedOut } from './repository-content.ts'
import { verifySignatures } from './signature.ts'

export type GitRepositoryStatus = NonNullable<GitRepository['status']>

export interface PassInput extends SourcePass<GitRepositoryStatus> {
  object: GitRepository
  store: ArtifactStore
  mirrors: GitMirrors
  /** Decoded data of a Secret of the object's namespace; rejects with the API server's words. */
  secret(name: string): Promise<SecretData | undefined>
  /** The GitRepository of the object's namespace. */
  repository(name: string): GitRepository | undefined
  /** Ends when the controller stops. */
  signal: AbortSignal
}

/** Runs the pass and gives its events. @throws {SourceFailure} */
export async function runPass(input: PassInput): Promise<EventDraft[]> {
  const { object, status, conditions } = input
  await checkStorage(input, input.store)
  if (conditions.is('SourceVerified', 'False')) conditions.remove('SourceVerified')
  const remote = await remoteOf(input)
  const includes = includedArtifacts(input)
  if (includesChanged(includes, status.includedArtifacts)) {
    conditions.progress('building artifact: included artifacts differ from last observed includes', true)
  }
  conditions.remove('ArtifactOutdated')

  const timeout = AbortSignal.timeout(durationOr(object.spec.timeout, 60_000))
  const signal = AbortSignal.any([input.signal, timeout])
  const target = await targetOf(input, remote, signal)
  const { artifact } = status
  if (artifact && target.unchanged && !contentConfigChanged(object.spec, status, includes)) {
    unchanged(input, artifact)
    return [...unchangedEvents(target), ...storedEvents(input, { artifact, message: commitMessage(target.revision) })]
  }
  const built = await build(input, { remote, target, includes, signal })
  const message = commitMessage(built.subject)
  return [...built.events, ...storedEvents(input, { artifact: built.artifact, message })]
}

/** @param subject of the commit when it was looked at, else the revision */
const commitMessage = (subject: string): string => `stored artifact for commit '${subject}'`

async function remoteOf({ object, secret }: PassInput): Promise<GitRemote> {
  const { spec, metadata } = object
  const namespace = metadata.namespace ?? ''
  let proxy: string | undefined
  if (spec.proxySecretRef) {
    const { name } = spec.proxySecretRef
    const data = await secret(name).catch(() => undefined)
    proxy = proxyOf(`${namespace}/${name}`, data)
  }
  const url = URL.parse(spec.url)
  if (!url) {
    const message = `failed to parse url '${spec.url}': it is no URL`
    throw new SourceFailure('FetchFailed', 'URLInvalid', message, { mode: 'stalled' })
  }
  let data: SecretData | undefined
  if (spec.secretRef) {
    const { name } = spec.secretRef
    const failed = `failed to get secret '${namespace}/${name}'`
    data = await secret(name).catch((error: unknown) => {
      const said = error instanceof Error ? error.message : String(error)
      throw new SourceFailure('FetchFailed', 'AuthenticationFailed', `${failed}: ${failed}: ${said}`, { cause: error })
    })
  }
  const auth = gitAuth(url, data, `${namespace}/${spec.secretRef?.name}`)
  if (proxy !== undefined && url.protocol === 'ssh:') {
    const message = 'failed to configure proxy options: a proxy is not available for ssh URLs; use an https URL'
    throw new SourceFailure('FetchFailed', 'AuthenticationFailed', message)
  }
  refuseProvider(spec, namespace, data)
  return { url: spec.url, auth, proxy }
}

function proxyOf(name: string, data: SecretData | undefined): string {
  try {
    return proxyUrl(name, data)
  } catch (error) {
    if (!(error instanceof ProxySecretError)) throw error
    const message = `failed to configure proxy options: ${error.message}`
    throw new SourceFailure('FetchFailed', 'AuthenticationFailed', message, { cause: error })
  }
}

function includedArtifacts({ object, conditions, repository }: PassInput): Artifact[] {
  const artifacts = (object.spec.include ?? []).map(({ repository: { name } }) => {
    const found = repository(name)
    if (!found) {
      const message = `could not get resource for include '${name}': gitrepositories.source.toolkit.fluxcd.io "${name}" not found`
      throw new SourceFailure('IncludeUnavailable', 'NotFound', message, { mode: 'waiting' })
    }
    const artifact = found.status?.artifact
    if (!artifact) {
      const message = `no artifact available for include '${name}'`
      throw new SourceFailure('IncludeUnavailable', 'NoArtifact', message, { mode: 'waiting' })
    }
    return artifact
  })
  conditions.remove('IncludeUnavailable')
  return artifacts
}

async function targetOf(input: PassInput, remote: GitRemote, signal: AbortSignal): Promise<Target> {
  const { object, status, conditions, mirrors } = input
  const last = conditions.is('ArtifactInStorage', 'True') ? status.artifact?.revision : undefined
  try {
    return await findTarget(mirrors.open(remote), object.spec.ref, last, signal)
  } catch (error) {
    throw fetchFailure(error, input)
  }
}

/** The controller's own end is no failure of the repository's: it goes on as it came. */
function fetchFailure(error: unknown, { signal }: PassInput): unknown {
  if (signal.aborted || !(error instanceof CheckoutError)) return error
  if (error instanceof NoCommitError) {
    return new SourceFailure('FetchFailed', 'EmptyGitRepository', error.message, { cause: error })
  }
  const message = `failed to checkout and determine revision: ${error.message}`
  return new SourceFailure('FetchFailed', 'GitOperationFailed', message, { cause: error })
}

function unchanged({ conditions }: PassInput, { revision }: Artifact): void {
  conditions.remove('FetchFailed')
  conditions.mark('ArtifactInStorage', 'True', 'Succeeded', `stored artifact for revision '${revision}'`)
}

function unchangedEvents({ selection, revision }: Target): EventDraft[] {
  if (!selection.comparable) return [upToDate(revision)]
  const message = `no changes since last reconciliation: observed revision '${revision}'`
  return [{ severity: 'info', reason: 'GitOperationSucceeded', message }]
}

function upToDate(revision: string): EventDraft {
  const message = `artifact up-to-date with remote revision: '${revision}'`
  return { severity: 'info', reason: 'ArtifactUpToDate', message }
}

interface BuildInput {
  remote: GitRemote
  target: Target
  includes: Artifact[]
  signal: AbortSignal
}

async function build(input: PassInput, { remote, target, includes, signal }: BuildInput) {
  const { object, status, conditions, store, mirrors } = input
  const { spec } = object
  const { revision } = target
  try {
    return await readTarget(mirrors.open(remote), target, signal, async (view, commit) => {
      const root = await checkedOut(spec, view, commit, { mirrors, remote, signal })
      conditions.remove('FetchFailed')
      const events = await verifySignatures(input, view, target.candidate)
      const { artifact: present } = status
      if (present?.revision === revision && !contentConfigChanged(spec, status, includes)) {
        // Only the signature was due.
        conditions.mark('ArtifactInStorage', 'True', 'Succeeded', `stored artifact for revision '${revision}'`)
        return { artifact: present, subject: shortMessage(commit), events: [...events, upToDate(revision)] }
      }
      if (present?.revision !== revision) {
        const message = `new upstream revision '${revision}'`
        if (present) conditions.mark('ArtifactOutdated', 'True', 'NewRevision', message)
        conditions.progress(`building artifact: ${message}`, true)
      }
      await addIncludes(root, spec, includes, store)
      const artifact = await archive(input, root, revision, commit.id)
      status.artifact = artifact
      status.includedArtifacts = includes.length > 0 ? includes : undefined
      status.observedIgnore = spec.ignore
      status.observedRecurseSubmodules = spec.recurseSubmodules || undefined
      status.observedInclude = spec.include
      status.observedSparseCheckout = spec.sparseCheckout
      conditions.remove('ArtifactOutdated', 'StorageOperationFailed')
      conditions.mark('ArtifactInStorage', 'True', 'Succeeded', `stored artifact for revision '${revision}'`)
      return { artifact, subject: shortMessage(commit), events }
    })
  } catch (error) {
    throw fetchFailure(error, input)
  }
}

async function archive(
  { object, store, signal }: PassInput,
  root: Parameters<ArtifactStore['write']>[1],
  revision: string,
  commit: string,
): Promise<Artifact> {
  const { kind, metadata, spec } = object
  const { namespace = '', name } = metadata
  try {
    const filter = await contentFilter(root, spec.ignore)
    return await store.write({ kind, namespace, name, revision, file: `${commit}.tar.gz` }, root, filter)
  } catch (error) {
    if (signal.aborted) throw error
    const said = error instanceof Error ? error.message : String(error)
    const message = `unable to archive artifact to storage: ${said}`
    throw new SourceFailure('StorageOperationFailed', 'ArchiveOperationFailed', message, { cause: error })
  }
}
