/**
 * The node's kubelet for pods of our own image: each is a process of this machine that runs this same program under the
 * pod's service account, so that what is installed in a dev cluster is installed as in a real one.
 */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KubeObject, ObjectRef } from '@sluice/api'
import type { LocalClient, ObjectEvent } from '../local-client.ts'
import type { Pod } from '../workloads/kinds.ts'
import { type ContainerNow, containerId, podStatus } from '../workloads/pod-status.ts'
import { isReallyRun, podCommand } from './pod-command.ts'
import { PodProcess, type PodProcessState, readinessPathOf } from './pod-process.ts'

export interface NodeOptions {
  dataDir: string
  /** URL and authority of the API server, for the pods' kubeconfig. */
  url: string
  caPem: string
  /** What comes after the Node binary to run this program. */
  programArgs: readonly string[]
  onError: (what: string, error: unknown) => void
}

interface Running {
  pod: Pod
  process: PodProcess | undefined
  /** Writes of status follow one another. */
  writing: Promise<void>
  renewal: NodeJS.Timeout | undefined
}

export const pidAnnotation = 'sluice.dev/pid'
const kubelet = { name: 'system:node:node-1', groups: ['system:masters'] }
/** Seconds a token is good for, and milliseconds until it is renewed. */
const tokenLife = 86_400
const tokenRenewal = 6 * 3_600_000
const defaultGrace = 30_000
const hostIp = '127.0.0.1'

export function startNode(client: LocalClient, options: NodeOptions): { close(): Promise<void> } {
  const node = new RealNode(client.as(kubelet, 'kubelet'), options)
  const stop = client.watch({ apiVersion: 'v1', kind: 'Pod' }, event => node.onPod(event))
  return {
    close: async () => {
      stop()
      await node.close()
    },
  }
}

class RealNode {
  readonly #client: LocalClient
  readonly #options: NodeOptions
  readonly #running = new Map<string, Running>()
  #closing = false

  constructor(client: LocalClient, options: NodeOptions) {
    this.#client = client
    this.#options = options
    for (const folder of ['logs', 'pods']) mkdirSync(join(options.dataDir, folder), { recursive: true, mode: 0o700 })
  }

  onPod({ type, object }: ObjectEvent): void {
    const pod = object as Pod
    const uid = pod.metadata.uid ?? ''
    const known = this.#running.get(uid)
    if (type === 'DELETED') {
      if (known) void this.#remove(uid, known, 0)
    } else if (known) {
      known.pod = pod
      if (pod.metadata.deletionTimestamp) void this.#remove(uid, known, graceOf(pod))
    } else if (pod.spec.nodeName && isReallyRun(pod)) {
      const running: Running = { pod, process: undefined, writing: Promise.resolve(), renewal: undefined }
      this.#running.set(uid, running)
      if (pod.metadata.deletionTimestamp) void this.#remove(uid, running, 0)
      else this.#start(uid, running).catch(error => this.#failed(pod, error))
    }
  }

  async close(): Promise<void> {
    this.#closing = true
    await Promise.all(
      [...this.#running.values()].map(async running => {
        clearInterval(running.renewal)
        await running.process?.stop(5_000)
        await running.writing
      }),
    )
  }

  async #start(uid: string, running: Running): Promise<void> {
    const { pod } = running
    const [container] = pod.spec.containers
    if (!container) return
    const root = join(this.#options.dataDir, 'pods', uid)
    mkdirSync(root, { recursive: true, mode: 0o700 })
    const places = { root, kubeconfig: join(root, 'kubeconfig'), healthPort: join(root, 'health-port') }
    await this.#renewToken(pod, root)
    writeFileSync(places.kubeconfig, this.#kubeconfig(pod), { mode: 0o600 })
    if (this.#closing || !this.#running.has(uid)) return
    running.renewal = setInterval(() => {
      this.#renewToken(running.pod, root).catch(error => this.#failed(running.pod, error))
    }, tokenRenewal).unref()
    const { namespace, name } = pod.metadata
    running.process = new PodProcess({
      programArgs: this.#options.programArgs,
      command: podCommand(pod, container, places),
      readinessPath: readinessPathOf(pod),
      healthPortFile: places.healthPort,
      logFile: join(this.#options.dataDir, 'logs', `${namespace}_${name}_${container.name}.log`),
      onChange: state => {
        running.writing = running.writing.then(() => this.#writeStatus(uid, state))
      },
    })
    running.process.start()
  }

  /** Ends the process and lets the pod go. Once begun for a pod, further calls change nothing. */
  async #remove(uid: string, running: Running, grace: number): Promise<void> {
    if (!this.#running.delete(uid)) return
    clearInterval(running.renewal)
    await running.process?.stop(grace)
    await running.writing
    if (this.#closing) return
    rmSync(join(this.#options.dataDir, 'pods', uid), { recursive: true, force: true })
    try {
      await this.#client.delete(refOf(running.pod), { gracePeriodSeconds: 0, preconditions: { uid } })
    } catch (error) {
      this.#failed(running.pod, error)
    }
  }

  async #writeStatus(uid: string, state: PodProcessState): Promise<void> {
    const running = this.#running.get(uid)
    if (!running || this.#closing) return
    try {
      const ref = refOf(running.pod)
      const annotations = { [pidAnnotation]: state.pid === undefined ? null : String(state.pid) }
      await this.#client.patch(ref, { type: 'merge', body: { metadata: { annotations } } })
      const pod = (await this.#client.get(ref)) as Pod | undefined
      if (pod?.metadata.uid !== uid) return
      await this.#client.updateStatus({ ...pod, status: statusOf(pod, state) })
    } catch (error) {
      this.#failed(running.pod, error)
    }
  }

  async #renewToken(pod: Pod, root: string): Promise<void> {
    const { namespace = '', name, uid } = pod.metadata
    const account = pod.spec.serviceAccountName ?? 'default'
    const answer: KubeObject = await this.#client.createSubresource(
      { apiVersion: 'v1', kind: 'ServiceAccount', namespace, name: account },
      'token',
      {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        metadata: { name: account, namespace },
        spec: { expirationSeconds: tokenLife, boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid } },
      },
    )
    const { token } = answer.status as { token: string }
    // Complete when it appears: the process may be reading it.
    writeFileSync(join(root, 'token.new'), token, { mode: 0o600 })
    renameSync(join(root, 'token.new'), join(root, 'token'))
  }

  #kubeconfig(pod: Pod): string {
    const { url, caPem } = this.#options
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'pod',
      clusters: [
        {
          name: 'cluster',
          cluster: { server: url, 'certificate-authority-data': Buffer.from(caPem).toString('base64') },
        },
      ],
      users: [{ name: 'pod', user: { tokenFile: 'token' } }],
      contexts: [{ name: 'pod', context: { cluster: 'cluster', user: 'pod', namespace: pod.metadata.namespace } }],
    }
    return JSON.stringify(config, null, 2)
  }

  #failed(pod: Pod, error: unknown): void {
    if (!this.#closing) this.#options.onError(`pod ${pod.metadata.namespace}/${pod.metadata.name}`, error)
  }
}

function statusOf(pod: Pod, state: PodProcessState): Pod['status'] {
  const [container] = pod.spec.containers
  const time = (milliseconds: number) => `${new Date(milliseconds).toISOString().slice(0, 19)}Z`
  const { lastExit, restarts, ready } = state
  const terminated = lastExit && {
    terminated: {
      exitCode: lastExit.code,
      reason: lastExit.code === 0 ? 'Completed' : 'Error',
      startedAt: time(lastExit.startedAt),
      finishedAt: time(lastExit.finishedAt),
      containerID: containerId(pod, container?.name ?? '', Math.max(0, restarts - 1)),
    },
  }
  const now: ContainerNow = {
    state:
      state.phase === 'running'
        ? { running: { startedAt: time(state.startedAt) } }
        : { waiting: { reason: 'CrashLoopBackOff', message: 'the process ended and is started again' } },
    ready,
    restartCount: restarts,
    ...(terminated ? { lastState: terminated } : {}),
  }
  return podStatus(pod, { phase: 'Running', ip: hostIp, hostIp, containers: [now], timestamp: time(Date.now()) })
}

function graceOf(pod: Pod): number {
  return pod.metadata.deletionGracePeriodSeconds === undefined
    ? defaultGrace
    : pod.metadata.deletionGracePeriodSeconds * 1000
}

function refOf(pod: Pod): ObjectRef {
  const { namespace, name } = pod.metadata
  return { apiVersion: 'v1', kind: 'Pod', namespace, name }
}
