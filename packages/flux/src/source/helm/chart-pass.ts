/**
 * One reconciliation of a HelmChart, step by step as Flux 2.9's source-controller: storage, source, build, artifact. A
 * chart that is what its source offers already ends without any request.
 */
import type { Artifact, GitRepository, HelmChart, HelmRepository } from '@sluice/api'
import {
  type ArtifactStore,
  type ChartRepositories,
  type Registries,
  RegistryCharts,
  readIndex,
} from '@sluice/artifact'
import type { EventDraft } from '@sluice/controller'
import { checkStorage } from '../check-storage.ts'
import type { SecretData } from '../secret-data.ts'
import { SourceFailure } from '../source-failure.ts'
import type { SourcePass } from '../source-frame.ts'
import { storedEvents } from '../stored-event.ts'
import { BuildError, type ChartBuild, reasonOf, summaryOf } from './chart-build.ts'
import { fetchDependency } from './dependency-fetch.ts'
import { buildLocal } from './local-build.ts'
import { registryAccess } from './registry-access.ts'
import type { RemoteBuilder } from './remote-build.ts'
import { AccessError, repositoryAccess } from './repository-access.ts'

export type HelmChartStatus = NonNullable<HelmChart['status']>

export type ChartSourceObject = HelmRepository | GitRepository

export interface ChartPass extends SourcePass<HelmChartStatus> {
  object: HelmChart
  store: ArtifactStore
  repositories: ChartRepositories
  registries: Registries
  remote: RemoteBuilder
  secret(name: string): Promise<SecretData>
  /** The object of `spec.sourceRef`; rejects with the API server's words. */
  source(): Promise<ChartSourceObject>
  /** The HelmRepositories of the object's namespace. */
  helmRepositories(): Iterable<HelmRepository>
}

/** Runs the pass and gives its events. @throws {SourceFailure} */
export async function runChartPass(pass: ChartPass): Promise<EventDraft[]> {
  const { object, status, conditions, store } = pass
  await checkStorage(pass, store)
  if (conditions.is('SourceVerified', 'False')) conditions.remove('SourceVerified')
  const source = await sourceOf(pass)
  let work: () => Promise<ChartBuild>
  if (isRegistry(source)) {
    status.observedSourceArtifactRevision = undefined
    work = () => fromRegistry(pass, source)
  } else {
    const artifact = await artifactOf(pass, source)
    status.observedSourceArtifactRevision = artifact.revision
    work = () => buildOf(pass, source, artifact)
  }
  let build: ChartBuild
  try {
    build = await work()
  } catch (error) {
    throw buildFailure(pass, error)
  } finally {
    if (!object.spec.verify) conditions.remove('SourceVerified')
  }
  conditions.remove('FetchFailed', 'BuildFailed')
  return publish(pass, build)
}

async function sourceOf({ object, source }: ChartPass): Promise<ChartSourceObject> {
  const { kind } = object.spec.sourceRef
  if (kind !== 'HelmRepository' && kind !== 'GitRepository') {
    const message = `failed to get source: charts of a ${kind} are not supported by this controller; use a HelmRepository or a GitRepository`
    throw new SourceFailure('FetchFailed', 'UnsupportedSourceKind', message, { mode: 'stalled' })
  }
  return source().catch((error: unknown) => {
    const message = `failed to get source: ${messageOf(error)}`
    throw new SourceFailure('FetchFailed', 'SourceUnavailable', message, { cause: error })
  })
}

async function artifactOf({ object, store }: ChartPass, source: ChartSourceObject): Promise<Artifact> {
  const { kind, name } = object.spec.sourceRef
  const artifact = source.status?.artifact
  if (artifact && (await store.exists(artifact))) return artifact
  const message = `no artifact available for ${kind} source '${name}'`
  throw new SourceFailure('FetchFailed', 'NoSourceArtifact', message, { mode: 'waiting' })
}

/** Has no artifact: its charts are asked for one by one. */
function isRegistry(source: ChartSourceObject): source is HelmRepository {
  return source.kind === 'HelmRepository' && source.spec.type === 'oci'
}

async function buildOf(pass: ChartPass, source: ChartSourceObject, artifact: Artifact): Promise<ChartBuild> {
  if (source.kind === 'HelmRepository') return fromRepository(pass, source, artifact)
  const { object, status, store, repositories, registries, secret } = pass
  const { namespace = '' } = object.metadata
  return buildLocal({
    object,
    status,
    tree: await store.tree(artifact),
    revision: artifact.revision,
    remote: dependency => {
      const known = pass.helmRepositories()
      return fetchDependency(dependency, { namespace, store, repositories, registries, known, secret })
    },
  })
}

async function fromRepository(pass: ChartPass, repository: HelmRepository, artifact: Artifact): Promise<ChartBuild> {
  const { object, status, store, repositories, remote, secret } = pass
  const index = () => {
    return repositories.indexes.get(artifact.digest, async () => readIndex(await store.bytes(artifact)).index)
  }
  if (!object.spec.verify) {
    // Looking costs nothing; only what has to be fetched needs the secrets.
    const offers = { find: async (name: string, version: string) => (await index()).find(name, version) }
    const known = await remote.find(object, offers).then(
      offer => remote.stored(object, status, offer),
      () => undefined,
    )
    if (known) return known
  }
  const access = await repositoryAccess(repository, secret)
  const source = repositories.open(repository.spec.url, access).source(index, artifact.revision)
  const offer = await remote.find(object, source)
  if (object.spec.verify?.provider) throw new BuildError('ChartVerificationError', 'not implemented')
  return remote.build(object, offer, source).catch(aboutAccess)
}

async function fromRegistry(pass: ChartPass, source: HelmRepository): Promise<ChartBuild> {
  const { object, status, registries, remote, secret } = pass
  const access = await registryAccess(source, secret)
  const charts = new RegistryCharts(registries, source.spec.url, access)
  const offer = await remote.find(object, charts).catch(aboutAccess)
  if (object.spec.verify?.provider) {
    const said = 'this controller cannot check signatures yet; remove spec.verify to use the chart unchecked'
    throw new BuildError('ChartVerificationError', said)
  }
  return remote.stored(object, status, offer) ?? (await remote.build(object, offer, charts).catch(aboutAccess))
}

function aboutAccess(error: unknown): never {
  throw error instanceof BuildError && isAboutAccess(error)
    ? new AccessError(`failed to authenticate with the Helm repository: ${error.message}`, { cause: error })
    : error
}

const isAboutAccess = ({ message }: Error): boolean =>
  /401|unauthorized|authentication required|tls|unknown certificate authority/.test(message)

/** What a failed build says in the conditions, which differs from what the event says when it is no failure of building. */
function buildFailure({ conditions }: ChartPass, error: unknown): unknown {
  if (error instanceof AccessError) {
    conditions.remove('BuildFailed')
    conditions.mark('FetchFailed', 'True', 'Unknown', `unknown build error: ${error.message}`)
    return new SourceFailure(undefined, 'AuthenticationFailed', error.message, { cause: error })
  }
  if (!(error instanceof BuildError)) return error
  const { reason, message, persistent, isOfBuild } = error
  conditions.remove(isOfBuild ? 'FetchFailed' : 'BuildFailed')
  if (reason === 'ChartVerificationError') conditions.mark('SourceVerified', 'False', 'VerificationError', message)
  const mode = persistent ? 'stalled' : 'retry'
  return new SourceFailure(isOfBuild ? 'BuildFailed' : 'FetchFailed', reason, message, { mode, cause: error })
}

async function publish(pass: ChartPass, build: ChartBuild): Promise<EventDraft[]> {
  const { object, status, conditions, store } = pass
  const { name, version, archive } = build
  const message = summaryOf(build)
  const reason = reasonOf(build)
  const events: EventDraft[] = []
  if (build.resolvedDependencies > 0) {
    const resolved = `resolved ${build.resolvedDependencies} chart dependencies`
    events.push({ severity: 'info', reason: 'ResolvedDependencies', message: resolved })
  }
  let { artifact } = status
  if (artifact && archive === undefined) {
    const upToDate = `artifact up-to-date with remote revision: '${version}'`
    events.push({ severity: 'info', reason: 'ArtifactUpToDate', message: upToDate })
  } else {
    if (name !== status.observedChartName || artifact?.revision !== version) {
      if (artifact) conditions.mark('ArtifactOutdated', 'True', 'NewChart', message)
      conditions.progress(`building artifact: ${message}`, true)
    }
    artifact = await stored(pass, build)
    status.artifact = artifact
    status.observedChartName = name
    const { ignoreMissingValuesFiles } = object.spec
    status.observedValuesFiles =
      ignoreMissingValuesFiles && build.valuesFiles.length > 0 ? [...build.valuesFiles] : undefined
    status.url = await store.link(artifact, 'latest.tar.gz')
    conditions.remove('StorageOperationFailed')
  }
  conditions.remove('ArtifactOutdated')
  conditions.mark('ArtifactInStorage', 'True', reason, message)
  return [...events, ...storedEvents(pass, { artifact, message, reason })]
}

async function stored({ object, store }: ChartPass, { name, version, archive }: ChartBuild): Promise<Artifact> {
  const { kind, metadata } = object
  const { namespace = '' } = metadata
  try {
    const artifact = { kind, namespace, name: metadata.name, revision: version, file: `${name}-${version}.tgz` }
    return await store.writeBytes(artifact, archive ?? new Uint8Array())
  } catch (error) {
    const message = `unable to copy Helm chart to storage: ${messageOf(error)}`
    throw new SourceFailure('StorageOperationFailed', 'ArchiveOperationFailed', message, { cause: error })
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
