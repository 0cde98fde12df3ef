/**
 * The node's kubelet for pods of our own image: each is a process of this machine that runs this same program under the
 * pod's service account, so that what is installed in a dev cluster is installed as in a real one.
 */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KubeObject, ObjectRef } from '@sluice/api'
import { ApiError } from '../api-error.ts'
import type { LocalClient, ObjectEvent } from '../local-client.ts'
import type { Container, Pod } from '../workloads/kinds.ts'
import { isTerminal } from '../workloads/pods.ts'
import { isOurImage, isReallyRun, type PodPlaces, podCommand, volumesOf } from './pod-command.ts'
import { logFile, previousLogFile } from './pod-log.ts'
import { PodProcess, type PodProcessState, readinessPathOf } from './pod-process.ts'
import { environmentOf, sourcesOf, writeVolumes } from './pod-sources.ts'
import { processStatus, restartsBefore } from './process-status.ts'

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
  processes: PodProcess[]
  states: Map<string, PodProcessState>
  /** Writes of status follow one another; at most one waits. */
  writing: Promise<void>
  dirty: boolean
  renewal: NodeJS.Timeout | undefined
  retry: NodeJS.Timeout | undefined
}

const pidAnnotation = 'sluice.dev/pid'
const kubelet = { name: 'system:node:node-1', groups: ['system:masters'] }
/** Seconds a token is good for, and milliseconds until it is renewed. */
const tokenLife = 86_400
const tokenRenewal = 6 * 3_600_000
const defaultGrace = 30_000
/** Milliseconds until a pod that could not be started is tried again: what it lacks may have come. */
const startRetry = 1_000
const statusAttempts = 5

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
      if (isTerminal(pod) && !pod.metadata.deletionTimestamp) return
      const running: Running = {
        pod,
        processes: [],
        states: new Map(),
        writing: Promise.resolve(),
        dirty: false,
        renewal: undefined,
        retry: undefined,
      }
      this.#running.set(uid, running)
      if (pod.metadata.deletionTimestamp) void this.#remove(uid, running, 0)
      else this.#tryStart(uid, running)
    }
  }

  async close(): Promise<void> {
    this.#closing = true
    await Promise.all(
      [...this.#running.values()].map(async running => {
        clearInterval(running.renewal)
        clearTimeout(running.retry)
        await Promise.all(running.processes.map(process => process.stop(5_000)))
        await running.writing
      }),
    )
  }

  #tryStart(uid: string, running: Running): void {
    this.#start(uid, running).catch(error => {
      if (this.#closing || !this.#running.has(uid)) return
      this.#failed(running.pod, error)
      running.retry = setTimeout(() => this.#tryStart(uid, running), startRetry)
    })
  }

  async #start(uid: string, running: Running): Promise<void> {
    const { pod } = running
    const root = join(this.#options.dataDir, 'pods', uid)
    mkdirSync(root, { recursive: true, mode: 0o700 })
    const kubeconfig = join(root, 'kubeconfig')
    await this.#renewToken(pod, root)
    writeFileSync(kubeconfig, this.#kubeconfig(pod), { mode: 0o600 })
    const sources = sourcesOf(this.#client, pod.metadata.namespace ?? '')
    const processes: PodProcess[] = []
    const ours = pod.spec.containers.filter(isOurImage)
    for (const [at, container] of ours.entries()) {
      const healthPort = join(root, at === 0 ? 'health-port' : `health-port-${container.name}`)
      const places: PodPlaces = { root, kubeconfig, healthPort }
      if (at === 0) await writeVolumes(pod, volumesOf(places), sources)
      const variables = await environmentOf(pod, container, sources)
      const command = podCommand(pod, container, places, variables)
      processes.push(this.#process(uid, running, container, healthPort, command))
    }
    if (this.#closing || !this.#running.has(uid)) return
    running.processes = processes
    running.renewal = setInterval(() => {
      this.#renewToken(running.pod, root).catch(error => this.#failed(running.pod, error))
    }, tokenRenewal).unref()
    for (const process of processes) process.start()
  }

  #process(
    uid: string,
    running: Running,
    container: Container,
    healthPortFile: string,
    command: ReturnType<typeof podCommand>,
  ): PodProcess {
    const { pod } = running
    return new PodProcess({
      programArgs: this.#options.programArgs,
      command,
      readinessPath: readinessPathOf(container),
      healthPortFile,
      logFile: logFile(join(this.#options.dataDir, 'logs'), pod, container.name),
      restartPolicy: pod.spec.restartPolicy ?? 'Always',
      restarts: restartsBefore(pod, container.name),
      onChange: state => {
        running.states.set(container.name, state)
        if (running.dirty) return
        running.dirty = true
        running.writing = running.writing.then(() => this.#writeStatus(uid))
      },
    })
  }

  /** Ends the processes and lets the pod go. Once begun for a pod, further calls change nothing. */
  async #remove(uid: string, running: Running, grace: number): Promise<void> {
    if (!this.#running.delete(uid)) return
    clearInterval(running.renewal)
    clearTimeout(running.retry)
    await Promise.all(running.processes.map(process => process.stop(grace)))
    await running.writing
    if (this.#closing) return
    const { dataDir } = this.#options
    rmSync(join(dataDir, 'pods', uid), { recursive: true, force: true })
    for (const { name } of running.pod.spec.containers) {
      const file = logFile(join(dataDir, 'logs'), running.pod, name)
      for (const path of [file, previousLogFile(file)]) rmSync(path, { force: true })
    }
    try {
      await this.#client.delete(refOf(running.pod), { gracePeriodSeconds: 0, preconditions: { uid } })
    } catch (error) {
      // Another of its name has come meanwhile.
      if (!(error instanceof ApiError && error.code === 409)) this.#failed(running.pod, error)
    }
  }

  async #writeStatus(uid: string): Promise<void> {
    const running = this.#running.get(uid)
    if (!running || this.#closing) return
    running.dirty = false
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#putStatus(uid, running)
        return
      } catch (error) {
        if (error instanceof ApiError && error.code === 404) return
        // Somebody wrote to the pod between our reading and writing it.
        if (error instanceof ApiError && error.code === 409 && attempt < statusAttempts) continue
        this.#failed(running.pod, error)
        return
      }
    }
  }

  async #putStatus(uid: string, running: Running): Promise<void> {
    const ref = refOf(running.pod)
    const pid = running.processes.find(({ state }) => state.pid !== undefined)?.state.pid
    const annotations = { [pidAnnotation]: pid === undefined ? null : String(pid) }
    await this.#client.patch(ref, { type: 'merge', body: { metadata: { annotations } } })
    const pod = (await this.#client.get(ref)) as Pod | undefined
    if (pod?.metadata.uid !== uid) return
    await this.#client.updateStatus({ ...pod, status: processStatus(pod, running.states, Date.now()) })
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

function graceOf(pod: Pod): number {
  return pod.metadata.deletionGracePeriodSeconds === undefined
    ? defaultGrace
    : pod.metadata.deletionGracePeriodSeconds * 1000
}

function refOf(pod: Pod): ObjectRef {
  const { namespace, name } = pod.metadata
  return { apiVersion: 'v1', kind: 'Pod', name, ...(namespace === undefined ? {} : { namespace }) }
}
