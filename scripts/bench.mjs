/**
 * `npm run bench -- NAME [--runs N] [--sizes A,B] [options]`: runs one benchmark of `bench/` and prints what ran on what, how it was measured and a table.
 * `load` and `apiserver` only start a dev cluster (with our controllers) and run the script that measured the real ones, with the options as given.
 */
import { fail } from './set-up.mjs'

// It adds 80 ms to every start of Node, and nothing measured here needs it.
delete process.env.NODE_EXTRA_CA_CERTS

const [name, ...args] = process.argv.slice(2)
const { runBenchmark } = await import('../bench/run-benchmark.ts')
try {
  await runBenchmark(name, args)
} catch (error) {
  fail(`✗ ${name}: ${process.env.SLUICE_DEBUG ? error.stack : error.message}`)
}
