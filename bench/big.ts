/** One Kustomization of very many objects: the first time, when nothing changed, when one object did. */
import type { Benchmark } from './benchmark.ts'
import { fluxLoad, secondsOf } from './flux-load.ts'
import { repeated } from './repeated.ts'
import { count, spread } from './statistics.ts'

export const benchmark: Benchmark = {
  title:
    'one Kustomization of N ConfigMaps: first apply, a reconciliation that finds nothing changed, one object changed',
  runs: 5,
  sizes: [1500],
  method: [
    'flux-load.mjs --n 1 --parts big. "unchanged" is from the reconcile request until it is marked as handled, its requests those of the whole cluster.',
  ],
  async run({ runs, sizes }) {
    const rows: string[][] = []
    for (const n of sizes) {
      const results = await repeated(`${n} objects`, runs, async () => {
        const reading = (await fluxLoad({ n: 1, parts: ['big'], more: ['--big', String(n)] })).reading('first')
        const detail = (label: string) =>
          reading.details.find(d => d.label === label) ?? { label, value: 'not printed' }
        return {
          first: secondsOf(reading),
          unchanged: secondsOf(detail('unchanged')),
          requests: detail('requests').value,
          changed: secondsOf(detail('one object changed')),
        }
      })
      rows.push([
        count(n),
        spread(results.map(r => r.first)),
        spread(results.map(r => r.unchanged)),
        results.at(-1)?.requests ?? '',
        spread(results.map(r => r.changed)),
      ])
    }
    return [{ columns: ['objects', 'first', 'unchanged', 'its requests', 'one changed'], rows }]
  },
}
