/**
 * One reconciliation of a HelmRepository, step by step as Flux 2.9's source-controller: storage, credentials, index,
 * artifact. An unchanged index ends after one request, which a server that knows ETags answers without a body.
 */
import { createHash } from 'node:crypto'
import type { HelmRepository } from '@sluice/api'
import {
  type ArtifactStore,
  ChartFetchError,
  type ChartRepositories,
  displayUrl,
  IndexError,
  readIndex,
} from '@sluice/artifact'
import type { EventDraft } from '@sluice/controller'
import { checkStorage } from '../check-storage.ts'
import type { SecretData } from '../secret-data.ts'
import { SourceFailure } from '../source-failure.ts'
import type { SourcePass } from '../source-frame.ts'
import { storedEvents } from '../stored-event.ts'
import { humanSize } from './human-size.ts'
import { AccessError, repositoryAccess } from './repository-access.ts'

export type HelmRepositoryStatus = NonNullable<HelmRepository['status']>

/** What the server said about the index last time. */
export interface SeenIndex {
  /** Whom was asked and how. */
  identity: string
  etag: string
  revision: string
}

export interface RepositoryPass extends SourcePass<HelmRepositoryStatus> {
  object: HelmRepository
  store: ArtifactStore
  repositories: ChartRepositories
  secret(name: string): Promise<SecretData>
  seen: SeenIndex | undefined
  remember(seen: SeenIndex | undefined): void
}

/** Runs the pass and gives its events. @throws {SourceFailure} */
export async function runRepositoryPass(pass: RepositoryPass): Promise<EventDraft[]> {
  const { object, status, conditions, store, repositories } = pass
  await checkStorage(pass, store)
  const { url } = object.spec
  const fetched = await fetchIndex(pass)
  const { artifact: present } = status
  if (present && (fetched === undefined || fetched.revision === present.revision)) {
    conditions.remove('FetchFailed', 'ArtifactOutdated')
    conditions.mark('ArtifactInStorage', 'True', 'Succeeded', stored(present.revision))
    const message = `artifact up-to-date with remote revision: '${present.revision}'`
    const upToDate: EventDraft = { severity: 'info', reason: 'ArtifactUpToDate', message }
    return [upToDate, ...storedEvents(pass, { artifact: present, message: fetchedMessage(present.size, url) })]
  }
  if (!fetched) throw new Error('an index is unchanged that was never seen')
  const { bytes, revision } = fetched
  const { index, json } = parsed(bytes)
  conditions.remove('FetchFailed')
  const message = `new index revision '${revision}'`
  if (present) conditions.mark('ArtifactOutdated', 'True', 'NewRevision', message)
  conditions.progress(`building artifact: ${message}`, true)

  const { kind, metadata } = object
  const { namespace = '', name } = metadata
  try {
    const file = `index-${revision.slice(revision.indexOf(':') + 1)}.yaml`
    const artifact = await store.writeBytes({ kind, namespace, name, revision, file }, json())
    status.artifact = artifact
    repositories.indexes.put(artifact.digest, index)
    status.url = await store.link(artifact, 'index.yaml')
    conditions.remove('ArtifactOutdated', 'StorageOperationFailed')
    conditions.mark('ArtifactInStorage', 'True', 'Succeeded', stored(revision))
    return storedEvents(pass, { artifact, message: fetchedMessage(artifact.size, url) })
  } catch (error) {
    const said = `unable to save artifact to storage: ${messageOf(error)}`
    throw new SourceFailure('StorageOperationFailed', 'ArchiveOperationFailed', said, { cause: error })
  }
}

/** `undefined`: it is as it was. */
async function fetchIndex(pass: RepositoryPass): Promise<{ bytes: Buffer; revision: string } | undefined> {
  const { object, status, repositories, seen } = pass
  checkUrl(object.spec.url)
  const access = await repositoryAccess(object, pass.secret).catch((error: unknown) => {
    if (!(error instanceof AccessError)) throw error
    throw new SourceFailure('FetchFailed', 'AuthenticationFailed', error.message, { cause: error })
  })
  const repository = repositories.open(object.spec.url, access)
  const known = seen?.identity === repository.identity && seen.revision === status.artifact?.revision
  try {
    const fetched = await repository.fetchIndex(known ? seen.etag : undefined)
    if (!fetched) return undefined
    const { bytes, etag } = fetched
    const revision = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
    pass.remember(etag === undefined ? undefined : { identity: repository.identity, etag, revision })
    return { bytes, revision }
  } catch (error) {
    if (!(error instanceof ChartFetchError)) throw error
    const said = `failed to fetch Helm repository index: failed to cache index to temporary file: ${error.message}`
    throw new SourceFailure('FetchFailed', 'Failed', said, { cause: error })
  }
}

function checkUrl(url: string): void {
  const stalled = (said: string) => {
    const message = `invalid Helm repository URL: ${said}`
    return new SourceFailure('FetchFailed', 'URLInvalid', message, { mode: 'stalled' })
  }
  if (url.startsWith('oci://')) throw stalled("'oci' URL scheme cannot be used with 'default' HelmRepository type")
  if (!URL.canParse(url)) throw stalled(`parse ${JSON.stringify(url)}: it is no URL`)
}

function parsed(bytes: Uint8Array): ReturnType<typeof readIndex> {
  try {
    return readIndex(bytes)
  } catch (error) {
    if (!(error instanceof IndexError)) throw error
    const message = `failed to load Helm repository from index YAML: failed to load index: ${error.message}`
    throw new SourceFailure('FetchFailed', 'IndexationFailed', message, { cause: error })
  }
}

const stored = (revision: string): string => `stored artifact: revision '${revision}'`

function fetchedMessage(size: number | undefined, url: string): string {
  return `stored fetched index of ${size === undefined ? 'unknown size' : `size ${humanSize(size)}`} from '${displayUrl(url)}'`
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
