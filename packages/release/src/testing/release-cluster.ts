/** An API server of a test's own with what makes, reads and changes releases on it: our actions, and the real helm. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { startDevCluster } from '@sluice/devcluster'
import { type Chart, loadChart } from '@sluice/helm'
import { accessFromKubeconfig, type ClusterAccess, KubeClient } from '@sluice/kube'
import { helm as unpackedHelm } from '../../../../scripts/test-tools.mjs'
import type { ActionOptions } from '../action/action-options.ts'
import { secretStorage } from '../record/object-storage.ts'
import { type ClusterWaiter, clusterWaiter } from '../wait/cluster-waiter.ts'

const run = promisify(execFile)

/** Files of a chart by path; Chart.yaml is made when it is missing. */
export type ChartFiles = Record<string, string>

export interface Answer {
  out: string
  err: string
  code: number
}

export interface ReleaseCluster {
  client: KubeClient
  access: ClusterAccess
  waiter: ClusterWaiter
  /** What all actions need, for a release of this name in a namespace. */
  options(name: string, namespace?: string): ActionOptions
  chart(name: string, files: ChartFiles, version?: string): Promise<Chart>
  /** Writes a chart to disk, for helm. */
  chartFolder(name: string, files: ChartFiles, version?: string): Promise<string>
  /** The real helm, in namespace `default` unless told otherwise. */
  helm(...args: string[]): Promise<Answer>
  close(): Promise<void>
}

/** What cannot be started whole leaves nothing behind: a server that stays open would keep the tests from ending. */
export async function startReleaseCluster(settings: { workloads?: boolean } = {}): Promise<ReleaseCluster> {
  await using opened = new AsyncDisposableStack()
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-release-'))
  opened.defer(() => rm(dataDir, { recursive: true, force: true }))
  const cluster = await startDevCluster({ dataDir, workloads: settings.workloads ?? false, node: false })
  opened.defer(() => cluster.close())
  const kubeconfig = join(dataDir, 'kubeconfig')
  await writeFile(kubeconfig, cluster.kubeconfig)
  const access = accessFromKubeconfig(cluster.kubeconfig)
  const client = new KubeClient(access)
  opened.defer(() => client.transport.close())
  const waiter = clusterWaiter({ client, wording: 'helm' })
  opened.defer(() => waiter.close())
  const program = await unpackedHelm()
  const whole = opened.move()
  return {
    client,
    access,
    waiter,
    options: (name, namespace = 'default') => ({
      client,
      waiter,
      name,
      namespace,
      manager: 'helm',
      storage: secretStorage({ client, namespace, manager: 'Helm' }),
    }),
    chart: (name, files, version) => chartOf(name, files, version),
    chartFolder: async (name, files, version = '1.0.0') => {
      const folder = join(await mkdtemp(join(dataDir, 'chart-')), name)
      for (const [path, text] of Object.entries(completed(name, files, version))) {
        await mkdir(dirname(join(folder, path)), { recursive: true })
        await writeFile(join(folder, path), text)
      }
      return folder
    },
    helm: async (...args) => {
      const env = { ...process.env, KUBECONFIG: kubeconfig, HOME: dataDir }
      try {
        const { stdout, stderr } = await run(program, args, { env })
        return { out: stdout, err: stderr, code: 0 }
      } catch (error) {
        if (!(error instanceof Error) || !('stderr' in error) || !('code' in error)) throw error
        return {
          out: 'stdout' in error ? String(error.stdout) : '',
          err: String(error.stderr),
          code: Number(error.code),
        }
      }
    },
    close: () => whole.disposeAsync(),
  }
}

export function chartOf(name: string, files: ChartFiles, version = '1.0.0'): Promise<Chart> {
  const all = Object.entries(completed(name, files, version)).sort(([a], [b]) => (a < b ? -1 : 1))
  return loadChart(all.map(([path, text]) => ({ path, content: Buffer.from(text) })))
}

function completed(name: string, files: ChartFiles, version: string): ChartFiles {
  return { 'Chart.yaml': `apiVersion: v2\nname: ${name}\nversion: ${version}\nappVersion: "9.9"\n`, ...files }
}
