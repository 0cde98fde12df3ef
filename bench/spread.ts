/** A commit to one directory: how long until every Kustomization of the repository shows the new revision, and what that costs. */
import type { Benchmark } from './benchmark.ts'
import { fluxLoad, secondsOf, usageOf } from './flux-load.ts'
import { repeated } from './repeated.ts'
import { count, median, seconds, spread } from './statistics.ts'

/** `GET 2, PATCH 179` -> number by verb. */
function requestsOf(value: string): Map<string, number> {
  return new Map([...value.matchAll(/(\w+) ([\d.]+)/g)].map(([, verb = '', number]) => [verb, Number(number)]))
}

export const benchmark: Benchmark = {
  title: 'a commit to one directory of N until all N Kustomizations show the new revision',
  runs: 5,
  sizes: [100, 1000],
  method: [
    'flux-load.mjs --parts kustomizations,spread. The revision in the status of each Kustomization is one PATCH; a build or an apply of the others would be more.',
    'Requests are those the API server counted meanwhile, the two or three lists of the load script among them.',
  ],
  async run({ runs, sizes }) {
    const rows: string[][] = []
    for (const n of sizes) {
      const results = await repeated(`spread among ${n}`, runs, async () => {
        const reading = (await fluxLoad({ n, parts: ['kustomizations', 'spread'] })).reading('until all')
        const requests = requestsOf(reading.details.find(({ label }) => label === 'requests')?.value ?? '')
        return { seconds: secondsOf(reading), requests, ...usageOf(reading) }
      })
      const verbs = [...new Set(results.flatMap(r => [...r.requests.keys()]))].sort()
      rows.push([
        count(n),
        spread(results.map(r => r.seconds)),
        verbs.map(verb => `${verb} ${count(median(results.map(r => r.requests.get(verb) ?? 0)))}`).join(', '),
        seconds(median(results.map(r => r.controllers.cpu))),
        seconds(median(results.map(r => r.cluster.cpu))),
      ])
    }
    return [{ columns: ['N', 'until all show it', 'requests', 'controllers CPU', 'dev cluster CPU'], rows }]
  },
}
