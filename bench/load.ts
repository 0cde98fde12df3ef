/** The script that measured the real Flux, with the options as given, against a dev cluster with our controllers; prints what it prints. */
import { join } from 'node:path'
import { startDevSystem } from '../scripts/dev-system.mjs'
import { node, root, run } from '../scripts/set-up.mjs'
import type { Benchmark } from './benchmark.ts'

export const benchmark: Benchmark = {
  title: 'the load script that measured the real Flux, with the options as given, once',
  runs: 1,
  sizes: [],
  passesOptionsOn: true,
  method: [
    'Options: --n 1000 --objects 4 --interval 1m --pushes 20 --big 3000 --parts kustomizations,push,spread,steady,drift,neighbours,big,helmreleases',
    'Of the two processes in each part the first is the controllers, the second the dev cluster.',
  ],
  async run({ runs, more }) {
    for (let at = 0; at < runs; at += 1) {
      const system = await startDevSystem({ controllers: true })
      try {
        const pids = [system.pids.controllers, system.pids.cluster].join(',')
        const script = join(root, '..', 'shared', 'bench', 'flux-load.mjs')
        const code = await run(node, [script, '--kubeconfig', system.kubeconfig, '--pids', pids, ...more])
        if (code !== 0) throw new Error(`flux-load.mjs ended with exit code ${code}`)
      } finally {
        await system.stop()
      }
    }
    return []
  },
}
