/**
 * Who may import whom, checked on every import of the sources: the directions of ARCHITECTURE.md, each package only through its door, no path
 * that leaves its package, no cycles of modules. (dependency-cruiser would do this, but cannot read TypeScript with version 7 of the compiler.)
 *
 *   node scripts/boundaries.mjs     prints each breach as file:line, exit code 1 when there is one
 */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { root } from './set-up.mjs'

/** What each package may import. Test files may import everything: they wire real parts together. */
const allowed = {
  'packages/api': [],
  'packages/yaml': [],
  'packages/semver': [],
  'packages/template': ['yaml', 'semver'],
  'packages/kustomize': ['api', 'yaml', 'helm'],
  'packages/helm': ['api', 'yaml', 'semver', 'template'],
  'packages/release': ['api', 'yaml', 'helm', 'kube'],
  'packages/artifact': ['api', 'yaml', 'semver'],
  'packages/kube': ['api', 'yaml'],
  'packages/controller': ['api', 'kube'],
  'packages/flux': ['api', 'yaml', 'semver', 'kustomize', 'helm', 'release', 'artifact', 'kube', 'controller'],
  'packages/agent': ['api', 'yaml', 'kustomize', 'artifact', 'kube', 'controller', 'flux'],
  'packages/fleet': ['api'],
  'packages/devcluster': ['api', 'yaml'],
  'apps/cli': [
    'api',
    'yaml',
    'kustomize',
    'helm',
    'release',
    'artifact',
    'kube',
    'controller',
    'flux',
    'agent',
    'fleet',
    'devcluster',
  ],
}

const statement = /^\s*(?:import|export)\b(?<clause>[^'"`;]*?\bfrom\s*|\s*)['"](?<to>[^'"]+)['"]/gm
const dynamic = /\bimport\(\s*['"](?<to>[^'"]+)['"]\s*\)/g

/** All imports of a text: to what, on which line, and whether only for types. */
function* importsOf(text) {
  const lineAt = index => text.slice(0, index).split('\n').length
  for (const match of text.matchAll(statement)) {
    const { clause, to } = match.groups
    yield { to, line: lineAt(match.index + match[0].lastIndexOf(to)), typeOnly: /^\s*type\b/.test(clause) }
  }
  // A dynamic import is not evaluated with its module: it makes no cycle.
  for (const match of text.matchAll(dynamic)) yield { to: match.groups.to, line: lineAt(match.index), typeOnly: true }
}

/** Doors beside `index.ts`: facts that few need, and what needs Node in packages that run in a browser, too. */
const sideDoors = new Set(['@sluice/api/builtin', '@sluice/kustomize/helm', '@sluice/kustomize/node'])

const breaches = []
/** Module -> modules that are evaluated before it. */
const graph = new Map()
const folderOf = file => file.split(sep).slice(0, 2).join('/')

for (const file of globSync('{apps,packages}/*/src/**/*.ts', { cwd: root }).sort()) {
  const folder = folderOf(file)
  const may = allowed[folder]
  const test = file.endsWith('.test.ts') || file.includes(`${sep}testing${sep}`)
  const edges = []
  graph.set(file, edges)
  for (const { to, line, typeOnly } of importsOf(readFileSync(join(root, file), 'utf8'))) {
    const breach = text => breaches.push(`${file}:${line}: imports '${to}': ${text}`)
    const door = /^@sluice\/([^/]+)(\/.*)?$/.exec(to)
    if (!may) breach(`${folder} has no directions in scripts/boundaries.mjs`)
    else if (door) {
      const testing = door[2] === '/testing'
      if (testing && !test) breach('only tests may import what is made for tests')
      else if (door[2] && !testing && !sideDoors.has(to)) breach('import a package through its index.ts only')
      if (!test && !may.includes(door[1]))
        breach(`${folder} may import ${may.length ? may.join(', ') : 'no package of ours'}`)
    } else if (to.startsWith('.')) {
      const target = relative(root, join(root, dirname(file), to))
      if (!test && folderOf(target) !== folder) breach(`leaves ${folder}`)
      if (!existsSync(join(root, target))) breach('does not exist')
      if (!typeOnly) edges.push(target)
    }
  }
}

/** Depth first; a module met again while it is still open closes a cycle. */
const state = new Map()
function visit(file, path) {
  if (state.get(file) === 'done') return
  if (state.get(file) === 'open') {
    breaches.push(`cycle: ${[...path.slice(path.indexOf(file)), file].join(' -> ')}`)
    return
  }
  state.set(file, 'open')
  for (const next of graph.get(file) ?? []) visit(next, [...path, file])
  state.set(file, 'done')
}
for (const file of graph.keys()) visit(file, [])

for (const text of breaches) process.stdout.write(`${text}\n`)
process.stdout.write(breaches.length ? `${breaches.length} breaches\n` : `${graph.size} modules keep the boundaries\n`)
process.exitCode = breaches.length ? 1 : 0
