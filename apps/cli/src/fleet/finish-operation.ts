/**
 * The end of a write: waits for its long-running operation with its states on stderr, or, with `--no-wait`, does not.
 */
import type { Answer, FleetClient } from '../fleet-client.ts'

export async function finishOperation(
  client: FleetClient,
  answer: Answer,
  options: { apiVersion: string; wait: boolean; what: string },
): Promise<void> {
  if (!options.wait) return
  await client.wait(answer, options.apiVersion, status => {
    process.stderr.write(`${options.what}: ${status}\n`)
  })
}
