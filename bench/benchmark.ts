/** What a benchmark is: a module `bench/<name>.ts` that exports one of these as `benchmark`. */
import type { Table } from './table.ts'

export interface BenchmarkOptions {
  /** How often each figure is measured; the tables show the median. */
  runs: number
  /** What to measure: resources, Kustomizations, agents. */
  sizes: number[]
  /** Options for the script that the benchmark calls, as given. */
  more: string[]
}

export interface Benchmark {
  /** One line: what is measured, in what. */
  title: string
  /** Runs unless told otherwise: at least five, except where one run is long and takes many samples itself. */
  runs: number
  /** Sizes unless told otherwise; empty when there is nothing to choose. */
  sizes: number[]
  /** Whether it hands options it does not know to a script; others refuse them. */
  passesOptionsOn?: boolean
  /** Against what, how, and what to know when reading the table; printed above it. */
  method: string[]
  run(options: BenchmarkOptions): Promise<Table[]>
}
