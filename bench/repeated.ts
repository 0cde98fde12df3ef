/** Repeats a measurement and says on stderr how far it is: the longer benchmarks take minutes. */
import { say } from '../scripts/set-up.mjs'
import { loadNow } from './versions.ts'

export async function repeated<T>(what: string, runs: number, measure: () => Promise<T>): Promise<T[]> {
  const results: T[] = []
  for (let run = 1; run <= runs; run += 1) {
    say(`  ${what}, run ${run} of ${runs} (${loadNow()})`)
    results.push(await measure())
  }
  return results
}
