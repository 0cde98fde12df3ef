import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import type { ChartDependency } from './chart.ts'
import { checkLock, lockDigest, resolveDependencies, versionProblem } from './dependency-lock.ts'

function wanted(
  name: string,
  version: string,
  repository: string,
  more: Partial<ChartDependency> = {},
): ChartDependency {
  return { name, version, repository, condition: '', tags: [], importValues: [], alias: '', ...more }
}

const url = 'https://charts.example.com'
const sha256 = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`

describe('dependencies are resolved', () => {
  const versions = {
    local: async () => '0.1.0',
    remote: async ({ name }: ChartDependency) =>
      name === 'web' ? ['1.2.0', 'v1.10.0', '2.0.0-rc.1', 'none'] : undefined,
  }
  const table: [dependency: ChartDependency, version: string][] = [
    [wanted('web', '^1.0.0', url), 'v1.10.0'],
    [wanted('web', '1.2.0', url), '1.2.0'],
    [wanted('web', '>=1.0.0-0', url), '2.0.0-rc.1'],
    [wanted('lib', '>=0.1.0', 'file://../lib'), '0.1.0'],
    [wanted('own', '1.x', ''), '1.x'],
  ]
  for (const [dependency, version] of table) {
    test(`${dependency.name} ${dependency.version} of '${dependency.repository}' to ${version}`, async () => {
      const [locked] = await resolveDependencies([dependency], versions)
      assert.deepEqual(locked, { name: dependency.name, version, repository: dependency.repository })
    })
  }

  const refused: [dependencies: ChartDependency[], said: RegExp][] = [
    [[wanted('nope', '1', url)], /^nope chart not found in repo https:\/\/charts\.example\.com$/],
    [
      [wanted('web', 'newest', url)],
      /^dependency "web" has an invalid version\/constraint format: improper constraint: newest$/,
    ],
    [
      [wanted('web', '7.x', url), wanted('lib', '2.x', 'file://../lib')],
      /^can't get a valid version for 2 subchart\(s\): "web" \(repository "https:\/\/charts\.example\.com", version "7\.x"\), "lib" \(repository "file:\/\/\.\.\/lib", version "2\.x"\)\. Make sure/,
    ],
  ]
  for (const [dependencies, said] of refused) {
    test(`or refused: ${said}`, () => assert.rejects(resolveDependencies(dependencies, versions), { message: said }))
  }
})

describe('a lock', () => {
  const dependencies = [
    wanted('web', '^1.0.0', url, {
      condition: 'web.enabled',
      tags: ['<b>'],
      importValues: [{ child: 'a', parent: 'b' }, 'x'],
    }),
    wanted('db', '0.3.x', url, { alias: 'store' }),
  ]
  const locked = [
    { name: 'web', version: '1.3.0', repository: url },
    { name: 'db', version: '0.3.0', repository: url },
  ]
  const digest = lockDigest(dependencies, locked)

  test('has the digest of what Go would write', () => {
    const required =
      `[{"name":"web","version":"^1.0.0","repository":"${url}","condition":"web.enabled","tags":["\\u003cb\\u003e"],` +
      `"import-values":[{"child":"a","parent":"b"},"x"]},` +
      `{"name":"db","version":"0.3.x","repository":"${url}","alias":"store"}]`
    const chosen =
      `[{"name":"web","version":"1.3.0","repository":"${url}"},` +
      `{"name":"db","version":"0.3.0","repository":"${url}"}]`
    assert.equal(digest, sha256(`[${required},${chosen}]`))
  })

  test('fits the dependencies it was made for', () => {
    const lock = { generated: '', digest, dependencies: locked }
    checkLock({ apiVersion: 'v2', dependencies }, lock, dependencies)
    const other = [wanted('web', '^1.1.0', url), ...dependencies.slice(1)]
    assert.throws(() => checkLock({ apiVersion: 'v2', dependencies: other }, lock, other), {
      message: /^the lock file \(Chart\.lock\) is out of sync with the dependencies file \(Chart\.yaml\)/,
    })
    assert.throws(() => checkLock({ apiVersion: 'v1', dependencies: other }, lock, other), {
      message: /^the lock file \(requirements\.lock\) is out of sync/,
    })
  })

  test('of Helm 2 is known by its own digest', () => {
    const old = [wanted('web', '1.x', '@charts')]
    const old2 = sha256('{"dependencies":[{"name":"web","version":"1.x","repository":"@charts"}]}')
    const lock = { generated: '', digest: old2, dependencies: locked }
    checkLock({ apiVersion: 'v1', dependencies: [wanted('web', '1.x', url)] }, lock, old)
    assert.throws(() => checkLock({ apiVersion: 'v2', dependencies: old }, lock, old), /out of sync/)
  })
})

describe('the version of a chart that is there', () => {
  const table: [wanted: string, found: string, problem: string | undefined][] = [
    ['1.x', '1.2.3', undefined],
    ['1.2.3', '1.2.3', undefined],
    ['weird', 'weird', undefined],
    ['2.x', '1.2.3', 'wrong version'],
    ['2.x', 'one', 'invalid version'],
    ['newest', '1.2.3', 'invalid version'],
  ]
  for (const [version, found, problem] of table) {
    test(`${found} for ${version}: ${problem ?? 'fits'}`, () => {
      assert.equal(versionProblem({ name: 'web', version }, found), problem)
    })
  }
})
