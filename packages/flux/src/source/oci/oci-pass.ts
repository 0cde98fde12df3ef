/**
 * One reconciliation of an OCIRepository, step by step as Flux 2.9's source-controller: storage, credentials, digest,
 * manifest, layer, artifact. An unchanged tag ends after one request.
 */
import type { Artifact, OCIRepository } from '@sluice/api'
import {
  type ArtifactStore,
  type Registries,
  RegistryError,
  type RegistryName,
  RegistryNameError,
  type RegistryRepository,
  registryName,
} from '@sluice/artifact'
import type { EventDraft } from '@sluice/controller'
import { checkStorage } from '../check-storage.ts'
import { contentFilter } from '../content-filter.ts'
import type { ObjectReader } from '../secret-data.ts'
import { SourceFailure } from '../source-failure.ts'
import type { SourcePass } from '../source-frame.ts'
import { storedEvents } from '../stored-event.ts'
import { treeContent } from '../tree-content.ts'
import { artifactAccess } from './artifact-access.ts'
import { artifactLayer, type Layer } from './artifact-layer.ts'
import { refuseVerification } from './artifact-signature.ts'
import { type ArtifactTarget, artifactTarget, TagError } from './artifact-target.ts'

export type OCIRepositoryStatus = NonNullable<OCIRepository['status']>

export interface OCIPass extends SourcePass<OCIRepositoryStatus> {
  object: OCIRepository
  store: ArtifactStore
  registries: Registries
  client: ObjectReader
  /** Largest layer, and largest sum of its files, in bytes. */
  maxBytes: number
}

/** Runs the pass and gives its events. @throws {SourceFailure} */
export async function runOCIPass(pass: OCIPass): Promise<EventDraft[]> {
  const { object, status, conditions, store } = pass
  const { spec } = object
  await checkStorage(pass, store)
  if (conditions.is('SourceVerified', 'False')) conditions.remove('SourceVerified')
  const repository = await opened(pass)
  const target = await targetOf(pass, repository)
  noteRevision(pass, repository.name, target)
  if (!spec.verify) conditions.remove('SourceVerified')
  else await refuseVerification(spec.verify, object.metadata.namespace ?? '', pass.client)
  const { artifact: present } = status
  if (present?.revision === target.revision && !configChanged(object)) {
    conditions.remove('FetchFailed')
    markStored(pass, present)
    const message = `artifact up-to-date with remote revision: '${present.revision}'`
    const upToDate: EventDraft = { severity: 'info', reason: 'ArtifactUpToDate', message }
    return [upToDate, ...storedEvents(pass, { artifact: present, message: storedMessage(spec.url, present) })]
  }
  const { annotations, layer } = await pulled(pass, repository, target)
  conditions.remove('FetchFailed')
  const artifact: Artifact = { ...(await stored(pass, target, layer)), metadata: annotations }
  status.artifact = artifact
  status.observedIgnore = spec.ignore
  status.observedLayerSelector = spec.layerSelector
  status.url = await store.link(artifact, 'latest.tar.gz')
  conditions.remove('StorageOperationFailed')
  markStored(pass, artifact)
  return storedEvents(pass, { artifact, message: storedMessage(spec.url, artifact) })
}

async function opened({ object, registries, client, events }: OCIPass): Promise<RegistryRepository> {
  const name = nameOf(object.spec.url)
  const access = await artifactAccess(object, name, client, secret => {
    const message = `auth secret '${secret}' not found`
    events.push({ severity: 'info', reason: 'AuthenticationFailed', message })
  })
  return registries.open(name, access)
}

function nameOf(url: string): RegistryName {
  try {
    return registryName(url)
  } catch (error) {
    if (!(error instanceof RegistryNameError)) throw error
    const message = `URL validation failed for '${url}': ${error.message}`
    throw new SourceFailure('FetchFailed', 'URLInvalid', message, { mode: 'stalled', cause: error })
  }
}

async function targetOf({ object }: OCIPass, repository: RegistryRepository): Promise<ArtifactTarget> {
  const { spec } = object
  try {
    await repository.ping()
    return await artifactTarget(repository, spec)
  } catch (error) {
    if (error instanceof TagError) {
      const message = `failed to determine the artifact tag for '${spec.url}': ${error.message}`
      throw new SourceFailure('FetchFailed', 'ReadOperationFailed', message, { cause: error })
    }
    if (!(error instanceof RegistryError)) throw error
    const message = `failed to determine artifact digest: ${error.message}`
    throw new SourceFailure('FetchFailed', 'OCIArtifactPullFailed', message, { cause: error })
  }
}

function noteRevision(
  { status, conditions }: OCIPass,
  { registry, repository }: RegistryName,
  { revision, digest }: ArtifactTarget,
): void {
  if (status.artifact?.revision === revision) return
  const message = `new revision '${revision}' for '${registry}/${repository}@${digest}'`
  if (status.artifact) conditions.mark('ArtifactOutdated', 'True', 'NewRevision', message)
  conditions.progress(`building artifact: ${message}`, true)
}

async function pulled({ object, maxBytes }: OCIPass, repository: RegistryRepository, { digest }: ArtifactTarget) {
  const { spec } = object
  const manifest = await repository.manifest(digest).catch((error: unknown) => {
    if (!(error instanceof RegistryError)) throw error
    const message = `failed to pull artifact from '${spec.url}': ${error.message}`
    throw new SourceFailure('FetchFailed', 'OCIArtifactPullFailed', message, { cause: error })
  })
  const annotations = Object.keys(manifest.annotations).length > 0 ? { ...manifest.annotations } : undefined
  return { annotations, layer: await artifactLayer(repository, manifest, spec, maxBytes) }
}

async function stored({ object, store }: OCIPass, target: ArtifactTarget, layer: Layer): Promise<Artifact> {
  const { kind, metadata, spec } = object
  const { namespace = '', name } = metadata
  const stored = { kind, namespace, name, revision: target.revision, file: `${target.digest}.tar.gz` }
  const failed =
    layer.operation === 'copy' ? 'unable to copy artifact to storage' : 'unable to archive artifact to storage'
  try {
    if (layer.operation === 'copy') return await store.writeBytes(stored, layer.bytes)
    const root = treeContent(layer.tree)
    return await store.write(stored, root, await contentFilter(root, spec.ignore))
  } catch (error) {
    const message = `${failed}: ${error instanceof Error ? error.message : String(error)}`
    throw new SourceFailure('StorageOperationFailed', 'ArchiveOperationFailed', message, { cause: error })
  }
}

/** Whether what shapes the artifact, apart from the manifest, differs from what shaped the stored one. */
function configChanged({ spec, status }: OCIRepository): boolean {
  if (spec.ignore !== status?.observedIgnore) return true
  const [wanted, observed] = [spec.layerSelector, status?.observedLayerSelector]
  return (
    wanted?.mediaType !== observed?.mediaType || (wanted?.operation ?? 'extract') !== (observed?.operation ?? 'extract')
  )
}

function markStored({ conditions }: OCIPass, { revision }: Artifact): void {
  conditions.remove('ArtifactOutdated')
  conditions.mark('ArtifactInStorage', 'True', 'Succeeded', `stored artifact for digest '${revision}'`)
}

function storedMessage(url: string, { revision, metadata = {} }: Artifact): string {
  const said = `stored artifact with revision '${revision}' from '${url}'`
  const [source, origin] = ['source', 'revision'].map(key => metadata[`org.opencontainers.image.${key}`])
  return source && origin ? `${said}, origin source '${source}', origin revision '${origin}'` : said
}
