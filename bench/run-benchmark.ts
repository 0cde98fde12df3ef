/** Runs one benchmark by name: reads its options, prints what runs on what and how, then its tables. */
import { fail } from '../scripts/set-up.mjs'
import type { Benchmark, BenchmarkOptions } from './benchmark.ts'
import { renderTable } from './table.ts'
import { loadNow, machine } from './versions.ts'

/** Name -> module; a new benchmark is one line here and a section in docs/benchmarks.md. */
const catalogue: Record<string, () => Promise<{ benchmark: Benchmark }>> = {
  build: () => import('./build.ts'),
  'builds-at-once': () => import('./builds-at-once.ts'),
  'chart-index': () => import('./chart-index.ts'),
  cli: () => import('./cli.ts'),
  devcluster: () => import('./devcluster.ts'),
  'fleet-of-kustomizations': () => import('./fleet-of-kustomizations.ts'),
  push: () => import('./push.ts'),
  spread: () => import('./spread.ts'),
  drift: () => import('./drift.ts'),
  'bad-neighbours': () => import('./bad-neighbours.ts'),
  big: () => import('./big.ts'),
  steady: () => import('./steady.ts'),
  'fleet-of-releases': () => import('./fleet-of-releases.ts'),
  'push-to-releases': () => import('./push-to-releases.ts'),
  'drift-of-releases': () => import('./drift-of-releases.ts'),
  'steady-releases': () => import('./steady-releases.ts'),
  template: () => import('./template.ts'),
  agents: () => import('./agents.ts'),
  load: () => import('./load.ts'),
}

function usage(problem: string): never {
  fail(
    `${problem}\nusage: npm run bench -- NAME [--runs N] [--sizes A,B] [options of the script it calls]\nNAME: ${Object.keys(catalogue).join(', ')}`,
    2,
  )
}

/** A whole number of at least one. */
function counted(text: string | undefined, option: string): number {
  if (text === undefined || !/^[1-9]\d*$/.test(text)) usage(`${option} ${text ?? ''}: give a whole number from 1 on`)
  return Number(text)
}

function optionsOf(name: string, benchmark: Benchmark, args: readonly string[]): BenchmarkOptions {
  const options: BenchmarkOptions = { runs: benchmark.runs, sizes: benchmark.sizes, more: [] }
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? ''
    const [option = '', inline] = arg.split(/=(.*)/s)
    const value = (): string | undefined => inline ?? args[++at]
    if (option === '--runs') options.runs = counted(value(), option)
    else if (option === '--sizes' && benchmark.sizes.length > 0) {
      options.sizes = (value() ?? '').split(',').map(text => counted(text, option))
    } else if (benchmark.passesOptionsOn) options.more.push(arg)
    else usage(`"${arg}" is no option of ${name}`)
  }
  return options
}

export async function runBenchmark(name: string | undefined, args: readonly string[]): Promise<void> {
  const load = name === undefined ? undefined : catalogue[name]
  if (name === undefined || load === undefined) usage(name ? `there is no benchmark "${name}"` : 'which benchmark?')
  const { benchmark } = await load()
  const options = optionsOf(name, benchmark, args)
  const print = (text: string): void => void process.stdout.write(`${text}\n`)
  print(`${name}: ${benchmark.title}\n${machine()}`)
  for (const line of benchmark.method) print(line)
  print('')
  const began = performance.now()
  for (const table of await benchmark.run(options)) print(renderTable(table))
  print(`${((performance.now() - began) / 1000).toFixed(0)} s, ${options.runs} runs, ${loadNow()} at the end`)
}
