/** Cold starts of the command line, beside those of the tools it stands next to. */
import { accessFromFile, KubeClient } from '../packages/kube/src/index.ts'
import { startDevSystem } from '../scripts/dev-system.mjs'
import { environment, main, node } from '../scripts/set-up.mjs'
import { helm, kubectl } from '../scripts/test-tools.mjs'
import type { Benchmark } from './benchmark.ts'
import { freshBundle } from './bundle.ts'
import { median, ratio, spread } from './statistics.ts'
import { inTurn, type TimedProcess } from './timed-process.ts'
import { helmVersion, kubectlVersion } from './versions.ts'

/** Something to show: asked for a kind of which there is nothing, `sluice get` fails as `flux get` does. */
async function applyKustomization(kubeconfig: string): Promise<void> {
  const client = new KubeClient(accessFromFile(kubeconfig))
  const apiVersion = 'kustomize.toolkit.fluxcd.io/v1'
  const sourceRef = { kind: 'GitRepository', name: 'apps' }
  const spec = { interval: '10m', prune: true, sourceRef }
  const object = { apiVersion, kind: 'Kustomization', metadata: { name: 'apps', namespace: 'default' }, spec }
  await client.apply(object, { fieldManager: 'bench' })
  await client.transport.close()
}

export const benchmark: Benchmark = {
  title: 'cold starts: a whole process, from before it starts until it has ended',
  runs: 21,
  sizes: [],
  method: [
    `Beside ${await kubectlVersion()} and ${await helmVersion()}. Processes in turn, the first round not counted.`,
    'The bundle runs in a plain environment; the sources run as "npm run sluice" runs them, with compiled code kept. "get" asks a dev cluster over TLS.',
  ],
  async run({ runs }) {
    const bundle = await freshBundle()
    const system = await startDevSystem({ controllers: false })
    try {
      await applyKustomization(system.kubeconfig)
      const ours = (label: string, args: string[]): TimedProcess[] => [
        { name: `sluice ${label}, bundle`, command: node, args: [bundle, ...args] },
        {
          name: `sluice ${label}, sources`,
          command: node,
          args: ['--disable-warning=ExperimentalWarning', main, ...args],
          env: environment(),
        },
      ]
      const access = ['--kubeconfig', system.kubeconfig]
      const peer = 'kubectl --help'
      const programs: TimedProcess[] = [
        { name: 'node -e 0', command: node, args: ['-e', '0'] },
        { name: peer, command: await kubectl(), args: ['--help'] },
        { name: 'helm --help', command: await helm(), args: ['--help'] },
        ...ours('--help', ['--help']),
        ...ours('--version', ['--version']),
        {
          name: 'kubectl get kustomizations -A',
          command: await kubectl(),
          args: [...access, 'get', 'kustomizations', '-A'],
        },
        ...ours('get kustomizations -A', ['get', 'kustomizations', '-A', ...access]),
        ...ours('get all -A', ['get', 'all', '-A', ...access]),
      ]
      const samples = await inTurn(programs, runs)
      const bare = median(samples.get('node -e 0') ?? [])
      const base = median(samples.get(peer) ?? [])
      const rows = [...samples].map(([name, times]) => [
        name,
        spread(times),
        `${((median(times) - bare) * 1000).toFixed(0)} ms`,
        ratio(median(times), base),
      ])
      return [{ columns: ['program', 'whole process', 'beyond bare Node', 'of kubectl --help'], rows }]
    } finally {
      await system.stop()
    }
  },
}
