/**
 * The HelmChart controller, as Flux 2.9's source-controller behaves. Keeps one artifact equal to one chart of a source;
 * woken by its interval, by changes of the object, and the moment its source has another artifact.
 */
import {
  type Artifact,
  gitRepository,
  groups,
  type HelmChart,
  type HelmRepository,
  helmChart,
  helmRepository,
  isKind,
  type KubeObject,
} from '@sluice/api'
import { type ArtifactStore, type ChartRepositories, normalRevision, type Registries } from '@sluice/artifact'
import {
  conditionOf,
  durationOr,
  type FinalOutcome,
  type Outcome,
  type ReconcileContext,
  type Reconciler,
  type Wake,
} from '@sluice/controller'
import { type Informer, isNotFound, type KindRef } from '@sluice/kube'
import { type Jitter, jittered } from '../../jittered.ts'
import { dropArtifacts } from '../drop-artifacts.ts'
import { type ObjectReader, readSecret } from '../secret-data.ts'
import { reconcileSource } from '../source-frame.ts'
import { type ChartSourceObject, type HelmChartStatus, runChartPass } from './chart-pass.ts'
import { RemoteBuilder } from './remote-build.ts'

type Watched = Pick<Informer, 'get' | 'values' | 'onChange'>

export interface HelmChartOptions extends Jitter {
  runtime: { client: ObjectReader; informer(kind: KindRef): Watched }
  store: ArtifactStore
  repositories: ChartRepositories
  registries: Registries
  /** Reconciliations at once (`--concurrent`). */
  concurrency?: number
}

const apiVersion = `${groups.source}/v1`

/** Flux reads sources from its cache only, which names kinds, not resources. */
const inCacheWords =
  (kind: string, name: string) =>
  (error: unknown): never => {
    throw isNotFound(error) ? new Error(`${kind}.${groups.source} "${name}" not found`, { cause: error }) : error
  }

export class HelmChartReconciler implements Reconciler<HelmChart, HelmChartStatus> {
  readonly name = 'source-controller'
  readonly kind = { apiVersion, kind: 'HelmChart' }
  readonly statusManager = 'source-controller'
  readonly finalizer = 'finalizers.fluxcd.io'
  /** A suspended object's request is acknowledged and its Ready brought up to date. */
  readonly reconcilesSuspended = true
  readonly concurrency: number | undefined
  readonly #options: HelmChartOptions
  readonly #charts: Watched
  readonly #sources: ReadonlyMap<string, Watched>
  readonly #remote = new RemoteBuilder()

  constructor(options: HelmChartOptions) {
    this.#options = options
    this.concurrency = options.concurrency
    const { runtime } = options
    this.#charts = runtime.informer(this.kind)
    const kinds = ['HelmRepository', 'GitRepository']
    this.#sources = new Map(kinds.map(kind => [kind, runtime.informer({ apiVersion, kind })]))
  }

  start(wake: Wake): void {
    for (const source of this.#sources.values()) {
      source.onChange(({ type, object, before }) => {
        const revision = type === 'deleted' ? undefined : newRevision(object, before)
        if (revision === undefined) return
        for (const name of this.#chartsOf(object, revision)) wake(object.metadata.namespace ?? '', name)
      })
    }
  }

  async reconcile(object: HelmChart, context: ReconcileContext<HelmChartStatus>): Promise<Outcome<HelmChartStatus>> {
    const { namespace = '' } = object.metadata
    const { runtime, store, repositories, registries } = this.#options
    const interval = jittered(durationOr(object.spec.interval, 60_000), this.#options)
    return reconcileSource(object, context, interval, pass =>
      runChartPass({
        ...pass,
        object,
        store,
        repositories,
        registries,
        remote: this.#remote,
        secret: name => readSecret(runtime.client, namespace, name),
        source: () => this.#source(object),
        helmRepositories: () => this.#helmRepositories(namespace),
      }),
    )
  }

  finalize(object: HelmChart): Promise<FinalOutcome> {
    return dropArtifacts(this.#options.store, object)
  }

  /** From the cache; what is not there yet is asked for. */
  async #source({ spec, metadata: { namespace } }: HelmChart): Promise<ChartSourceObject> {
    const { kind, name } = spec.sourceRef
    const known = this.#sources.get(kind)?.get(namespace, name)
    const { client } = this.#options.runtime
    const found = known ?? (await client.get({ apiVersion, kind, namespace, name }).catch(inCacheWords(kind, name)))
    if (isKind(helmRepository, found) || isKind(gitRepository, found)) return found
    throw new Error(`${kind} '${name}' is of another version`)
  }

  *#helmRepositories(namespace: string): Generator<HelmRepository> {
    for (const object of this.#sources.get('HelmRepository')?.values() ?? []) {
      if (object.metadata.namespace === namespace && isKind(helmRepository, object)) yield object
    }
  }

  /** Names of the charts made from a source whose artifact they have not seen, or could not use when they saw it. */
  #chartsOf({ kind, metadata }: KubeObject, revision: string): string[] {
    const names: string[] = []
    for (const other of this.#charts.values()) {
      if (other.metadata.namespace !== metadata.namespace || !isKind(helmChart, other)) continue
      const { spec, status } = other
      if (spec.sourceRef.kind !== kind || spec.sourceRef.name !== metadata.name) continue
      const seen = normalRevision(status?.observedSourceArtifactRevision ?? '') === revision
      if (!seen || conditionOf(status?.conditions, 'Ready')?.status !== 'True') names.push(other.metadata.name)
    }
    return names
  }
}

/** What a changed source has that its charts may not have seen; `undefined`: nothing. */
function newRevision(object: KubeObject, before: KubeObject | undefined): string | undefined {
  if (isKind(helmRepository, object) && object.spec.type === 'oci') {
    // It has no artifact: another address or login may help all charts, one that appears those that have failed.
    if (!before) return ''
    return object.metadata.generation === before.metadata.generation ? undefined : `#${object.metadata.generation}`
  }
  const artifact = artifactOf(object)
  return !artifact || isSame(artifact, artifactOf(before)) ? undefined : normalRevision(artifact.revision)
}

function artifactOf(object: KubeObject | undefined): Artifact | undefined {
  const isSource = object && (isKind(helmRepository, object) || isKind(gitRepository, object))
  return isSource ? object.status?.artifact : undefined
}

/** Stored at another time it is another: the one before may have been lost. */
function isSame(a: Artifact, b: Artifact | undefined): boolean {
  return a.revision === b?.revision && a.lastUpdateTime === b.lastUpdateTime
}
