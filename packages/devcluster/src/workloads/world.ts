/** What all simulated controllers share: the client, time, and one cache a kind. */
import type { KubeObject } from '@sluice/api'
import { ApiError } from '../api-error.ts'
import type { LocalClient } from '../local-client.ts'
import type { Clock } from './clock.ts'
import { timestamp } from './clock.ts'
import type {
  ControllerRevision,
  CronJob,
  DaemonSet,
  Deployment,
  Endpoints,
  HorizontalPodAutoscaler,
  Job,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  PodDisruptionBudget,
  ReplicaSet,
  Service,
  StatefulSet,
} from './kinds.ts'
import { ObjectCache } from './object-cache.ts'
import { refOf } from './pods.ts'
import { type Happening, Recorder } from './recorder.ts'
import { type Reconcile, WorkQueue } from './work-queue.ts'

export const controllerManager = 'kube-controller-manager'

export class World {
  readonly client: LocalClient
  readonly clock: Clock
  readonly pods: ObjectCache<Pod>
  readonly nodes: ObjectCache<Node>
  readonly replicaSets: ObjectCache<ReplicaSet>
  readonly replicationControllers: ObjectCache<ReplicaSet>
  readonly deployments: ObjectCache<Deployment>
  readonly statefulSets: ObjectCache<StatefulSet>
  readonly daemonSets: ObjectCache<DaemonSet>
  readonly revisions: ObjectCache<ControllerRevision>
  readonly jobs: ObjectCache<Job>
  readonly cronJobs: ObjectCache<CronJob>
  readonly services: ObjectCache<Service>
  readonly endpoints: ObjectCache<Endpoints>
  readonly endpointSlices: ObjectCache<KubeObject>
  readonly claims: ObjectCache<PersistentVolumeClaim>
  readonly volumes: ObjectCache<PersistentVolume>
  readonly storageClasses: ObjectCache<KubeObject>
  readonly budgets: ObjectCache<PodDisruptionBudget>
  readonly autoscalers: ObjectCache<HorizontalPodAutoscaler>
  readonly #failed: (what: string, error: unknown) => void
  readonly #recorder: Recorder
  readonly #queues: WorkQueue[] = []
  readonly #caches: { close(): void }[] = []

  constructor(client: LocalClient, clock: Clock, failed: (what: string, error: unknown) => void) {
    this.client = client
    this.clock = clock
    this.#failed = failed
    this.#recorder = new Recorder(client, clock)
    const cache = <T extends KubeObject>(apiVersion: string, kind: string): ObjectCache<T> => {
      const made = new ObjectCache<T>(client, { apiVersion, kind })
      this.#caches.push(made)
      return made
    }
    this.pods = cache('v1', 'Pod')
    this.nodes = cache('v1', 'Node')
    this.replicaSets = cache('apps/v1', 'ReplicaSet')
    this.replicationControllers = cache('v1', 'ReplicationController')
    this.deployments = cache('apps/v1', 'Deployment')
    this.statefulSets = cache('apps/v1', 'StatefulSet')
    this.daemonSets = cache('apps/v1', 'DaemonSet')
    this.revisions = cache('apps/v1', 'ControllerRevision')
    this.jobs = cache('batch/v1', 'Job')
    this.cronJobs = cache('batch/v1', 'CronJob')
    this.services = cache('v1', 'Service')
    this.endpoints = cache('v1', 'Endpoints')
    this.endpointSlices = cache('discovery.k8s.io/v1', 'EndpointSlice')
    this.claims = cache('v1', 'PersistentVolumeClaim')
    this.volumes = cache('v1', 'PersistentVolume')
    this.storageClasses = cache('storage.k8s.io/v1', 'StorageClass')
    this.budgets = cache('policy/v1', 'PodDisruptionBudget')
    this.autoscalers = cache('autoscaling/v2', 'HorizontalPodAutoscaler')
  }

  now(): number {
    return this.clock.now()
  }

  timestamp(): string {
    return timestamp(this.clock.now())
  }

  queue(name: string, reconcile: Reconcile): WorkQueue {
    const queue = new WorkQueue(this.clock, reconcile, (key, error) => this.#failed(`${name} ${key}`, error))
    this.#queues.push(queue)
    return queue
  }

  /** Notes what happened to an object, on the side. */
  event(object: KubeObject, happening: Happening): void {
    this.#recorder.record(object, happening)
  }

  /** Creates and puts the answer into the cache. */
  async create<T extends KubeObject>(cache: ObjectCache<T>, object: T, fieldManager = controllerManager): Promise<T> {
    return cache.learn((await this.client.create(object, { fieldManager })) as T)
  }

  async update<T extends KubeObject>(cache: ObjectCache<T>, object: T, fieldManager = controllerManager): Promise<T> {
    return cache.learn((await this.client.update(object, { fieldManager })) as T)
  }

  async updateStatus<T extends KubeObject>(
    cache: ObjectCache<T>,
    object: T,
    fieldManager = controllerManager,
  ): Promise<T> {
    return cache.learn((await this.client.updateStatus(object, { fieldManager })) as T)
  }

  /** Deletes, only if it is still the one meant. */
  async delete<T extends KubeObject>(cache: ObjectCache<T>, object: T, gracePeriodSeconds?: number): Promise<void> {
    cache.markDeleted(object)
    const { uid } = object.metadata
    try {
      await this.client.delete(refOf(object), {
        propagationPolicy: 'Background',
        ...(uid === undefined ? {} : { preconditions: { uid } }),
        ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
      })
    } catch (error) {
      if (error instanceof ApiError && (error.code === 404 || error.code === 409)) return
      cache.unmarkDeleted(object)
      throw error
    }
  }

  async close(): Promise<void> {
    this.#recorder.close()
    await Promise.all(this.#queues.map(queue => queue.close()))
    for (const cache of this.#caches) cache.close()
  }
}
