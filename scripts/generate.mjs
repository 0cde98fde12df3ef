/**
 * `npm run generate [-- NAME…]`: runs the generators of `scripts/generate/`, all or those named, one after the other. Each writes compact tables or
 * pages into the project and says when an input it needs (`../shared`) is absent.
 */
import { existsSync, globSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fail, node, root, run, say } from './set-up.mjs'

/** Folders outside the repository that a generator reads, as its argument. */
const inputs = { builtin: '../shared/data/kubernetes-1.35' }

const wanted = process.argv.slice(2)
const generators = globSync('*.{mjs,ts}', { cwd: join(root, 'scripts', 'generate') })
  .filter(file => !file.includes('.test.'))
  .sort()
const nameOf = file => basename(file).replace(/\.(mjs|ts)$/, '')
const unknown = wanted.filter(name => !generators.some(file => nameOf(file) === name))
if (unknown.length)
  fail(`No generator is called ${unknown.join(', ')}; there are ${generators.map(nameOf).join(', ')}.`, 2)
for (const file of generators) {
  if (wanted.length && !wanted.includes(nameOf(file))) continue
  const input = inputs[nameOf(file)]
  if (input && !existsSync(join(root, input))) {
    say(`skipping ${nameOf(file)}: its input ${input} is not here`)
    continue
  }
  say(`generating ${nameOf(file)}`)
  const code = await run(node, [join(root, 'scripts', 'generate', file), ...(input ? [join(root, input)] : [])])
  if (code !== 0) fail(`scripts/generate/${file} failed.`)
}
