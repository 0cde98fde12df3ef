/**
 * `npm run conformance -- apiserver|flux|cli|kustomize|helm|template [options]`: what the real tools did, recorded, held against ours. The recordings and the runners
 * lie beside the repository; the options are those of the runner (`--group G`, `--only TEXT`, `--show N`).
 * `template` has no runner of its own: its cases are a table that a test of packages/template goes through.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fail, main, node, root, run, say } from './set-up.mjs'

const folder = '../shared/conformance'
const sluice = `${node} ${main}`

/** How each suite is run: what it needs beside it, and the runner's own arguments. */
const suites = {
  apiserver: { runner: 'apiserver/replay.mjs', cluster: true, controllers: false, args: () => [] },
  flux: { runner: 'flux/run.mjs', cluster: true, controllers: true, args: () => [] },
  cli: { runner: 'cli/run.mjs', cluster: true, controllers: true, args: cliTools },
  kustomize: {
    runner: 'compare.mjs',
    cluster: false,
    controllers: false,
    args: () => ['kustomize', '--cmd', `${sluice} build kustomization {dir}`],
  },
  helm: {
    runner: 'compare.mjs',
    cluster: false,
    controllers: false,
    args: () => [
      'helm',
      '--cmd',
      `${sluice} template rel {chart} -n ns --include-crds --kube-version v1.33.0 {values}`,
    ],
  },
}

const templateTest = 'packages/template/src/conformance.test.ts'

/** The real kubectl and helm; `flux` is our own command line. */
async function cliTools() {
  const { kubectl, helm } = await import('./test-tools.mjs')
  return ['--tool', `kubectl=${await kubectl()}`, '--tool', `helm=${await helm()}`, '--tool', `flux=${sluice}`]
}

const [name, ...options] = process.argv.slice(2)
const suite = suites[name]
if (name === 'template') {
  if (!existsSync(join(root, folder, name)))
    fail(`${folder}/${name} is not here: the recordings lie beside the repository.`)
  process.exit(await run(node, ['--test', join(root, templateTest)]))
}
if (!suite) fail(`usage: npm run conformance -- ${Object.keys(suites).join('|')}|template [options of the runner]`, 2)
const runner = join(root, folder, suite.runner)
if (!existsSync(runner)) fail(`${folder}/${suite.runner} is not here: the recordings lie beside the repository.`)

const own = await suite.args()
if (!suite.cluster) {
  process.exitCode = await run(node, [runner, ...own, ...options])
} else {
  const { startDevSystem } = await import('./dev-system.mjs')
  const system = await startDevSystem({ controllers: suite.controllers })
  say(`dev cluster in ${system.folder}`)
  try {
    process.exitCode = await run(node, [runner, '--kubeconfig', system.kubeconfig, ...own, ...options])
  } finally {
    await system.stop()
  }
}
