// Writes docs/reference/<group>/<kind>.md from the definitions in packages/api.
//
//   node scripts/generate/reference.mjs           writes the pages, removes those of kinds that are gone
//   node scripts/generate/reference.mjs --check   writes nothing; names stale pages and fails when there are any
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { kinds } from '../../packages/api/src/kinds.ts'
import { examples } from '../../packages/api/src/reference/examples.ts'
import { referenceIndex, referencePage, referencePath } from '../../packages/api/src/reference/reference-page.ts'
import { stringify } from '../../packages/yaml/src/index.ts'

const folder = new URL('../../docs/reference/', import.meta.url)
const pages = new Map([['README.md', referenceIndex(kinds)]])
for (const kind of kinds) {
  const example = examples.find(object => object.kind === kind.kind && object.apiVersion.startsWith(`${kind.group}/`))
  pages.set(referencePath(kind), referencePage(kind, stringify(example)))
}

const groups = new Set(kinds.map(kind => kind.group))
const existing = existsSync(folder) ? readdirSync(folder, { recursive: true }).filter(name => name.endsWith('.md')) : []
const gone = existing.filter(name => groups.has(dirname(name)) && !pages.has(name))
const stale = [...pages].filter(
  ([name, text]) => !existing.includes(name) || readFileSync(new URL(name, folder), 'utf8') !== text,
)

if (process.argv.includes('--check')) {
  const names = [...gone, ...stale.map(([name]) => name)]
  if (names.length > 0) {
    process.stderr.write(
      `stale: ${names.map(name => `docs/reference/${name}`).join(', ')}\nrun: node scripts/generate/reference.mjs\n`,
    )
    process.exitCode = 1
  }
} else {
  for (const name of gone) rmSync(new URL(name, folder))
  for (const [name, text] of stale) {
    const file = new URL(name, folder)
    mkdirSync(new URL('.', file), { recursive: true })
    writeFileSync(file, text)
  }
}
