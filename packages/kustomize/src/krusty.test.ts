/** Each behaviour that kustomize tests of itself: a case of ours, or the reason why there is none. See `krusty/README.md`. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { after, describe, test } from 'node:test'
import { type Case, type Expectation, readCases } from '../testing/case-file.ts'
import { realKustomize, withoutKubectl } from '../testing/kubectl-kustomize.ts'
import { type BuildOptions, build } from './build.ts'
import { memoryTree } from './file-tree.ts'
import { type HelmTemplatesOptions, helmTemplates } from './helm-templates.ts'
import type { LoadRestrictor } from './loader.ts'

const folder = join(import.meta.dirname, '../krusty')
const groups = readdirSync(folder)
  .filter(name => name.endsWith('.txt') && name !== 'upstream.txt')
  .map(name => ({ name: basename(name, '.txt'), cases: readCases(readFileSync(join(folder, name), 'utf8')) }))

const isRestrictor = (text: string): text is LoadRestrictor =>
  text === 'LoadRestrictionsNone' || text === 'LoadRestrictionsRootOnly'

function optionsOf({ options, version }: Expectation): BuildOptions {
  const out: BuildOptions = { version, order: 'legacy' }
  const charts: HelmTemplatesOptions = {}
  for (const option of options) {
    const [name, value = ''] = option.split('=')
    if (name === '--helm-kube-version') charts.kubeVersion = value
    else if (name === '--helm-api-versions') charts.apiVersions = value.split(',')
    else if (name === '--load-restrictor' && isRestrictor(value)) out.loadRestrictor = value
    else if (option !== '--enable-helm') throw new Error(`${option}: no such option`)
  }
  return options.includes('--enable-helm') ? { ...out, helm: helmTemplates(charts) } : out
}

function holds(found: Case, expected: Expectation): Promise<void> {
  const built = build(memoryTree(found.files), expected.path, optionsOf(expected))
  if (expected.kind === 'build') return built.then(result => assert.equal(result.text(), expected.text))
  return built.then(
    result => assert.fail(`is not refused, but gives\n${result.text()}`),
    (error: Error) => {
      for (const line of expected.text.trimEnd().split('\n')) {
        assert.ok(error.message.includes(line), `${JSON.stringify(line)} is not in\n${error.message}`)
      }
    },
  )
}

const real = withoutKubectl ? undefined : await realKustomize()
after(() => real?.close())

async function isReal({ files }: Case, { kind, path, options, text }: Expectation): Promise<void> {
  if (!real) return
  const built = real.build(files, path, options)
  if (kind === 'refused') await assert.rejects(built)
  else assert.equal(await built, text)
}

for (const { name, cases } of groups) {
  describe(name, { concurrency: 2 }, () => {
    for (const found of cases) {
      for (const expected of found.expected) {
        const title = `${found.names.join(', ')}: ${expected.kind} ${expected.path}`
        test(title, () => holds(found, expected))
        if (expected.likeKubectl) {
          test(`${title}, the real one`, { skip: withoutKubectl }, () => isReal(found, expected))
        }
      }
    }
  })
}
test('each of upstream has a case or a reason, and stands in the file of its name', () => {
  const known = new Set(
    groups.flatMap(group => group.cases.flatMap(found => found.names.map(name => `${group.name} ${name}`))),
  )
  const listed = readFileSync(join(folder, 'upstream.txt'), 'utf8').trimEnd().split('\n').slice(1)
  assert.deepEqual([...known].sort(), listed.toSorted())
})
