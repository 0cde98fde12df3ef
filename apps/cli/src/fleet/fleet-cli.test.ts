/**
 * The az-worded commands as a person runs them: the real program, a real service over TLS, and an agent that does
 * what it is told.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { connectTestCluster, succeeded } from '../../../../packages/fleet/src/testing/test-agent.ts'
import { at, startTestFleet, type TestFleet } from '../../../../packages/fleet/src/testing/test-fleet.ts'

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))
const TARGET = ['-g', 'fleet', '-c', 'north', '-t', 'connectedClusters']

interface Result {
  code: number | null
  stdout: string
  stderr: string
}

describe('the command line and the fleet service', () => {
  let tested: TestFleet
  let home: string
  let stream: { stop(): void }

  function sluice(...args: string[]): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>()
    const env = { ...process.env, SLUICE_HOME: home, SLUICE_PASSWORD: '', SLUICE_SUBSCRIPTION: '' }
    const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    const result = { stdout: '', stderr: '' }
    child.stdout.on('data', (part: Buffer) => {
      result.stdout += part.toString()
    })
    child.stderr.on('data', (part: Buffer) => {
      result.stderr += part.toString()
    })
    child.on('error', reject)
    child.on('close', code => resolve({ code, ...result }))
    return promise
  }

  async function json(...args: string[]): Promise<unknown> {
    const { code, stdout, stderr } = await sluice(...args, '-o', 'json')
    assert.equal(code, 0, stderr)
    return JSON.parse(stdout)
  }

  const flux = (...args: string[]) => sluice('k8s-configuration', 'flux', ...args)

  before(async () => {
    home = mkdtempSync(join(tmpdir(), 'sluice-home-'))
    tested = await startTestFleet()
    const agent = await connectTestCluster(tested, 'north')
    stream = await agent.follow(async event => {
      if (event.event === 'item') await agent.report(succeeded(event.item))
    })
    writeFileSync(join(home, 'ca.pem'), tested.ca)
    writeFileSync(join(home, 'password'), 'owner-secret\n')
  })
  after(async () => {
    stream.stop()
    await tested.stop()
    rmSync(home, { recursive: true, force: true })
  })

  async function login(): Promise<Result> {
    const where = ['--service', tested.fleet.url, '--ca', join(home, 'ca.pem')]
    return sluice('login', ...where, '--username', 'olga', '--password-file', join(home, 'password'))
  }

  test('without a login says how to log in', async () => {
    const { code, stderr } = await sluice('connectedk8s', 'list')
    assert.equal(code, 1)
    assert.match(stderr, /sluice login/)
  })

  test('a login is kept in a file of mode 0600; a wrong password is refused', async () => {
    const where = ['--service', tested.fleet.url, '--ca', join(home, 'ca.pem')]
    const wrong = await sluice('login', ...where, '--username', 'olga', '--password', 'not it')
    assert.equal(wrong.code, 1)
    assert.match(wrong.stderr, /refused the login of 'olga'/)
    const untrusted = await sluice('login', '--service', tested.fleet.url, '-u', 'olga', '-p', 'owner-secret')
    assert.equal(untrusted.code, 1)
    assert.match(untrusted.stderr, /--ca FILE/)
    const done = await login()
    assert.equal(done.code, 0, done.stderr)
    assert.match(done.stdout, /Owner/)
    assert.equal(statSync(join(home, 'login')).mode & 0o777, 0o600)
  })

  test('clusters are listed and shown as table, JSON and YAML', async () => {
    await login()
    const table = await sluice('connectedk8s', 'list')
    assert.match(table.stdout, /^NAME +LOCATION +RESOURCEGROUP +CONNECTIVITYSTATUS/)
    assert.match(table.stdout, /^north +local +fleet +Connecting/m)
    const shown = await json('connectedk8s', 'show', '-n', 'north', '-g', 'fleet')
    assert.equal(at(shown, 'properties.provisioningState'), 'Succeeded')
    const yaml = await sluice('connectedk8s', 'list', '-g', 'fleet', '-o', 'yaml')
    assert.match(yaml.stdout, /name: north/)
    const missing = await sluice('connectedk8s', 'show', '-n', 'south', '-g', 'fleet')
    assert.equal(missing.code, 1)
    assert.match(missing.stderr, /ResourceNotFound/)
  })

  test('a configuration is created, shown, updated, listed and deleted', async () => {
    await login()
    const created = await flux(
      ...['create', ...TARGET, '-n', 'site', '--ns', 'site-config', '-u', 'https://git.example.com/site.git'],
      ...['--branch', 'main', '--interval', '1m30s', '--https-user', 'bot', '--https-key', 'secret word'],
      ...['-k', 'name=infra', 'path=./infra', 'prune=true'],
      ...['-k', 'path=./apps', 'name=apps', 'depends_on=[infra]', 'sync_interval=2m', 'disable-health-check=true'],
      ...['-o', 'json'],
    )
    assert.equal(created.code, 0, created.stderr)
    assert.match(created.stderr, /'Microsoft.Flux' extension not found on the cluster, installing it now/)
    assert.match(created.stderr, /Creating the flux configuration 'site' in the cluster/)
    const site: unknown = JSON.parse(created.stdout)
    assert.equal(at(site, 'properties.provisioningState'), 'Succeeded')
    assert.equal(at(site, 'properties.gitRepository.syncIntervalInSeconds'), 90)
    assert.equal(at(site, 'properties.kustomizations.infra.prune'), true)
    assert.deepEqual(at(site, 'properties.kustomizations.apps.dependsOn'), ['infra'])
    assert.equal(at(site, 'properties.kustomizations.apps.wait'), false)
    assert.equal(at(site, 'properties.configurationProtectedSettings'), null)

    const listed = await flux('list', ...TARGET)
    assert.match(listed.stdout, /^NAMESPACE +NAME +SCOPE +PROVISIONINGSTATE +COMPLIANCESTATE/)
    assert.match(listed.stdout, /^site-config +site +cluster +Succeeded +Compliant/m)

    const updated = await flux(
      'update',
      ...TARGET,
      '-n',
      'site',
      '--tag',
      'v1',
      '--suspend',
      '-k',
      'name=more',
      '-o',
      'json',
    )
    assert.equal(updated.code, 0, updated.stderr)
    const after: unknown = JSON.parse(updated.stdout)
    assert.deepEqual(at(after, 'properties.gitRepository.repositoryRef'), {
      branch: null,
      tag: 'v1',
      semver: null,
      commit: null,
    })
    assert.equal(at(after, 'properties.suspend'), true)
    assert.deepEqual(Object.keys(Object(at(after, 'properties.kustomizations'))), ['infra', 'apps', 'more'])

    const refused = await flux('delete', ...TARGET, '-n', 'site')
    assert.equal(refused.code, 2)
    assert.match(refused.stderr, /--yes/)
    const deleted = await flux('delete', ...TARGET, '-n', 'site', '--yes')
    assert.equal(deleted.code, 0, deleted.stderr)
    assert.match(deleted.stderr, /Prune is enabled on one or more of your kustomizations/)
    const again = await flux('delete', ...TARGET, '-n', 'site', '--yes')
    assert.equal(again.code, 0)
    assert.match(again.stderr, /nothing to delete/)
    const gone = await flux('show', ...TARGET, '-n', 'site')
    assert.equal(gone.code, 1)
    assert.match(gone.stderr, /ResourceNotFound/)
  })

  test('kustomizations and deployed objects of a configuration', async () => {
    await login()
    const created = await flux(
      'create',
      ...TARGET,
      '-n',
      'shop',
      '-u',
      'https://git.example.com/shop.git',
      '--branch',
      'main',
    )
    assert.match(created.stderr, /generated with the default name 'kustomization-1'/)
    const one = ['-n', 'shop', '-k', 'db']
    const added = await flux(
      'kustomization',
      'create',
      ...TARGET,
      ...one,
      '--path',
      './db',
      '--prune',
      '--timeout',
      '5m',
    )
    assert.equal(added.code, 0, added.stderr)
    assert.match(added.stdout, /db +\.\/db +10m +5m +true +false/)
    const twice = await flux('kustomization', 'create', ...TARGET, ...one)
    assert.equal(twice.code, 2)
    assert.match(twice.stderr, /Cannot create a kustomization that already exists/)
    const changed = await flux('kustomization', 'update', ...TARGET, ...one, '--prune', 'false', '-o', 'json')
    assert.equal(at(JSON.parse(changed.stdout), 'db.prune'), false)
    assert.equal(at(JSON.parse(changed.stdout), 'db.path'), './db')
    const removed = await flux('kustomization', 'delete', ...TARGET, ...one, '--yes')
    assert.equal(removed.code, 0, removed.stderr)
    const left = await flux('kustomization', 'list', ...TARGET, '-n', 'shop', '-o', 'json')
    assert.deepEqual(Object.keys(JSON.parse(left.stdout)), ['kustomization-1'])
    const objects = await flux('deployed-object', 'list', ...TARGET, '-n', 'shop')
    assert.match(objects.stdout, /GitRepository +default +shop +Compliant +stored artifact/)
    const object = ['--object-kind', 'GitRepository', '--object-namespace', 'default', '--object-name', 'shop']
    const shown = await flux('deployed-object', 'show', ...TARGET, '-n', 'shop', ...object)
    assert.match(shown.stdout, /^TYPE +STATUS +REASON +LASTTRANSITIONTIME +MESSAGE\nReady +True +Succeeded /)
    await flux('delete', ...TARGET, '-n', 'shop', '-y')
  })

  test('extensions are created, updated, listed and deleted', async () => {
    await login()
    await sluice('k8s-extension', 'delete', ...TARGET, '-n', 'flux', '--yes')
    const one = [...TARGET, '-n', 'flux']
    const made = await json(
      'k8s-extension',
      'create',
      ...one,
      '--extension-type',
      'Microsoft.Flux',
      '--config',
      'a=1',
      'b=2',
    )
    assert.deepEqual(at(made, 'properties.configurationSettings'), { a: '1', b: '2' })
    const changed = await json('k8s-extension', 'update', ...one, '--configuration-settings', 'b=3', '--yes')
    assert.deepEqual(at(changed, 'properties.configurationSettings'), { a: '1', b: '3' })
    const table = await sluice('k8s-extension', 'list', ...TARGET)
    assert.match(table.stdout, /^flux +microsoft\.flux +1\.0\.0 +Succeeded/m)
    const deleted = await sluice('k8s-extension', 'delete', ...one, '--yes')
    assert.equal(deleted.code, 0, deleted.stderr)
  })

  test('owners make, change and remove users', async () => {
    await login()
    const made = await json('user', 'create', 'rob', '--role', 'Reader')
    assert.ok(String(at(made, 'secret')).length > 20)
    assert.equal((await sluice('user', 'create', 'rob')).code, 1)
    const changed = await json('user', 'update', 'rob', '--role', 'Owner')
    assert.deepEqual(changed, { name: 'rob', role: 'Owner' })
    assert.match((await sluice('user', 'list')).stdout, /^rob +Owner/m)
    assert.equal((await sluice('user', 'update', 'rob')).code, 2)
    assert.equal((await sluice('user', 'delete', 'rob')).code, 0)
  })

  const create = ['create', ...TARGET, '-n', 'x']
  const url = ['-u', 'https://git.example.com/x.git']
  const usageErrors: [string, string[], RegExp][] = [
    ['a name that is none', ['create', ...TARGET, '-n', 'X_', ...url, '--branch', 'm'], /Error! Invalid --name/],
    ['no reference', [...create, ...url], /Specifying one of \[--branch, --tag, --semver, --commit\] is required/],
    ['two references', [...create, ...url, '--branch', 'm', '--tag', 't'], /more than one repository ref/],
    ['no url', [...create, '--branch', 'm'], /Required properties \['--url'\] were not specified for kind 'git'/],
    ['a wrong url', [...create, '-u', 'ftp://x', '--branch', 'm'], /Url must begin with one of/],
    ['a wrong duration', [...create, ...url, '--branch', 'm', '--interval', '120'], /Error! Invalid --interval/],
    ['half an auth', [...create, ...url, '--branch', 'm', '--https-user', 'u'], /cannot be used separately/],
    [
      'an argument of another kind',
      [...create, ...url, '--branch', 'm', '--bucket-name', 'b'],
      /Invalid properties \['--bucket-name'\]/,
    ],
    [
      'a kustomization without name',
      [...create, ...url, '--branch', 'm', '-k', 'path=./p'],
      /required values \{'name'\} not found/,
    ],
    ['a kustomization that is no pairs', [...create, ...url, '--branch', 'm', '-k', 'infra'], /KEY=VALUE/],
    [
      'a cluster type that is none',
      ['list', '-g', 'fleet', '-c', 'north', '-t', 'pods'],
      /Cluster type 'pods' is not supported/,
    ],
    ['an unknown option', ['list', ...TARGET, '--nmae', 'x'], /unknown option/],
    ['a missing argument', ['list', '-g', 'fleet'], /required option/],
  ]
  for (const [what, args, message] of usageErrors) {
    test(`${what} is wrong usage`, async () => {
      const { code, stderr, stdout } = await flux(...args)
      assert.equal(code, 2, stderr)
      assert.match(stderr, message)
      assert.equal(stdout, '')
    })
  }

  test('what the service refuses ends with 1 and every detail', async () => {
    await login()
    const { code, stderr } = await flux(
      ...create,
      ...url,
      '--branch',
      'm',
      '-k',
      'name=a',
      'depends_on=b',
      '-k',
      'name=b',
      'depends_on=a,c',
    )
    assert.equal(code, 1)
    assert.match(stderr, /ValidationFailed/)
    assert.match(stderr, /a -> b -> a/)
    assert.match(stderr, /properties\.kustomizations\.b\.dependsOn\[1\]/)
  })
})
