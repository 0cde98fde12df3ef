/**
 * `npm run bench -- load [options]`: a dev cluster with our controllers, and the script that measured the real Flux run against it, with
 * the options as given (`--n 100 --parts kustomizations,push,drift`). Prints what ran on what, since figures mean nothing without.
 */
import { existsSync, readFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { fail, node, root, run, say } from './set-up.mjs'

const suites = { load: '../shared/bench/flux-load.mjs' }

const [name, ...options] = process.argv.slice(2)
const suite = suites[name]
if (!suite) fail(`usage: npm run bench -- ${Object.keys(suites).join('|')} [options of the script]`, 2)
if (!existsSync(join(root, suite))) fail(`${suite} is not here: the benchmark's script lies beside the repository.`)

const { startDevSystem } = await import('./dev-system.mjs')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const gib = (totalmem() / 1024 ** 3).toFixed(0)
say(`sluice ${version}, Node ${process.version}, ${cpus().length} cores of ${cpus()[0]?.model ?? '?'}, ${gib} GiB`)
const system = await startDevSystem({ controllers: true })
try {
  const pids = [system.pids.controllers, system.pids.cluster].join(',')
  say(`dev cluster process ${system.pids.cluster}, controllers ${system.pids.controllers}`)
  process.exitCode = await run(node, [join(root, suite), '--kubeconfig', system.kubeconfig, '--pids', pids, ...options])
} finally {
  await system.stop()
}
