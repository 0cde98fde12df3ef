/** The client against a real registry, and charts that the real helm has pushed. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { helm as helmBinary } from '../../../../scripts/test-tools.mjs'
import { LOGIN, NO_REGISTRY, TestRegistry } from '../testing/test-registry.ts'
import { Registries } from './registries.ts'
import type { RegistryAccess } from './registry-access.ts'
import { RegistryCharts } from './registry-charts.ts'
import { registryName } from './registry-name.ts'

const run = promisify(execFile)
const content = { configType: 'application/x', layers: [{ mediaType: 'a/b', content: Buffer.from('hello') }] }
const anonymous: RegistryAccess = { timeoutMs: 10_000, plainHttp: 'allowed' }
const known: RegistryAccess = { ...anonymous, login: { kind: 'basic', ...LOGIN } }

for (const login of [false, true]) {
  describe(`a registry ${login ? 'with' : 'without'} a login`, { skip: NO_REGISTRY }, () => {
    let registry: TestRegistry
    let folder: string
    const registries = new Registries()
    const open = (repository: string, access = login ? known : anonymous) =>
      registries.open(registryName(`oci://${registry.host}/${repository}`), access)
    const charts = () => {
      const access = { ...(login ? known : anonymous), plainHttp: 'only' } as const
      return new RegistryCharts(registries, `oci://${registry.host}/charts/`, () => access)
    }

    before(async () => {
      registry = await TestRegistry.start({ login })
      folder = await mkdtemp(join(tmpdir(), 'sluice-push-'))
    })
    after(async () => {
      registries.close()
      await registry.close()
      await rm(folder, { recursive: true })
    })

    test('gives tags, digests, manifests and content', async () => {
      const digest = await registry.push('apps/web', 'v1', { ...content, annotations: { a: 'b' } })
      await registry.push('apps/web', 'v2', content)
      const web = open('apps/web')
      assert.deepEqual((await web.tags()).sort(), ['v1', 'v2'])
      assert.equal(await web.digestOf('v1'), digest)
      for (const reference of ['v1', digest]) {
        const { annotations, layers } = await web.manifest(reference)
        assert.deepEqual(annotations, { a: 'b' })
        assert.equal(Buffer.from(await web.blob(layers[0]!, 5)).toString(), 'hello')
      }
    })

    test('gives the manifest for linux/amd64 of an index', async () => {
      const digest = await registry.push('apps/many', 'amd64', content)
      const arm = await registry.push('apps/many', 'arm64', { ...content, annotations: { for: 'arm' } })
      const mediaType = 'application/vnd.oci.image.manifest.v1+json'
      const child = (digest: string, architecture: string) => {
        return { mediaType, digest, size: 1, platform: { os: 'linux', architecture } }
      }
      const index = 'application/vnd.oci.image.index.v1+json'
      const both = { schemaVersion: 2, mediaType: index, manifests: [child(arm, 'arm64'), child(digest, 'amd64')] }
      const whole = await registry.manifest('apps/many', 'both', index, both)
      assert.equal(await open('apps/many').digestOf('both'), whole)
      assert.deepEqual((await open('apps/many').manifest(whole)).annotations, {})
      await registry.manifest('apps/many', 'other', index, { ...both, manifests: both.manifests.slice(0, 1) })
      await assert.rejects(open('apps/many').manifest('other'), /no child with platform linux\/amd64 in index/)
    })

    test('says in its own words what is not there', async () => {
      const { host } = registry
      await registry.push('apps/web', 'v1', content)
      await assert.rejects(open('apps/web').digestOf('v9'), {
        name: 'RegistryError',
        status: 404,
        message: `GET http://${host}/v2/apps/web/manifests/v9: MANIFEST_UNKNOWN: manifest unknown; map[Tag:v9]`,
      })
      await assert.rejects(open('apps/nope').tags(), {
        message: `GET http://${host}/v2/apps/nope/tags/list?n=REDACTED: NAME_UNKNOWN: repository name not known to registry; map[name:apps/nope]`,
      })
      const blob = { mediaType: '', digest: `sha256:${'0'.repeat(64)}`, size: 1 }
      await assert.rejects(open('apps/web').blob(blob, 10), /BLOB_UNKNOWN: blob unknown to registry/)
    })

    test('has the charts that helm pushes, by version and by range', async () => {
      const helm = await helmBinary()
      const env = { ...process.env, HOME: folder, HELM_REGISTRY_CONFIG: join(folder, 'registry.json') }
      const { username, password } = LOGIN
      const options = { env, cwd: folder }
      if (login) {
        const args = ['registry', 'login', registry.host, '--plain-http', '-u', username, '-p', password]
        await run(helm, args, options)
      }
      await mkdir(join(folder, 'web/templates'), { recursive: true })
      await writeFile(join(folder, 'web/templates/a.yaml'), 'kind: A\n')
      for (const version of ['1.0.0', '1.10.0+build.7', '1.9.0', '2.0.0-rc.1']) {
        await writeFile(join(folder, 'web/Chart.yaml'), `apiVersion: v2\nname: web\nversion: ${version}\n`)
        await run(helm, ['package', 'web'], options)
        await run(helm, ['push', `web-${version}.tgz`, `oci://${registry.host}/charts`, '--plain-http'], options)
      }
      const table: [wanted: string, version: string][] = [
        ['', '1.10.0+build.7'],
        ['*', '1.10.0+build.7'],
        ['1.x', '1.10.0+build.7'],
        ['~1.9', '1.9.0'],
        ['>=1.0.0-0', '2.0.0-rc.1'],
        ['1.0.0', '1.0.0'],
        ['1.10.0+build.7', '1.10.0+build.7'],
      ]
      for (const [wanted, version] of table) {
        const offer = await charts().find('web', wanted)
        assert.equal(offer.version, version, wanted)
        assert.deepEqual(await charts().download(offer), await readFile(join(folder, `web-${version}.tgz`)))
      }
      await assert.rejects(charts().find('web', '3.x'), {
        name: 'ChartFetchError',
        message:
          'could not locate a version matching provided version string 3.x (nearest versions: 1.10.0+build.7, 1.9.0, 1.0.0)',
      })
      await assert.rejects(charts().download(await charts().find('web', '1.9.1')), {
        name: 'ChartFetchError',
        message: `failed to get 'oci://${registry.host}/charts/web:1.9.1': failed to perform "FetchReference" on source: ${registry.host}/charts/web:1.9.1: not found (nearest versions: 1.9.0, 1.10.0+build.7, 1.0.0)`,
      })
      await assert.rejects(charts().find('web', 'newest'), { message: 'improper constraint: "newest"' })
      await assert.rejects(charts().find('nope', ''), /could not fetch tags for "oci:.*NAME_UNKNOWN/)
    })

    test('has artifacts that are no charts', async () => {
      await registry.push('charts/app', '1.0.0', content)
      const offer = await charts().find('app', '1.0.0')
      await assert.rejects(charts().download(offer), /it is no chart: its configuration is of type "application\/x"/)
    })

    if (!login) return

    test('lets nobody in without it', async () => {
      await registry.push('apps/web', 'v1', content)
      const wrong = { ...known, login: { kind: 'basic', username: LOGIN.username, password: 'wr0ng-pass' } } as const
      for (const access of [anonymous, wrong]) {
        await assert.rejects(open('apps/web', access).digestOf('v1'), {
          status: 401,
          message: `GET http://${registry.host}/v2/apps/web/manifests/v1: UNAUTHORIZED: authentication required; [map[Action:pull Class: Name:apps/web Type:repository]]`,
        })
      }
      // What one has fetched is not for another.
      const { layers } = await open('apps/web').manifest('v1')
      await open('apps/web').blob(layers[0]!, 5)
      await assert.rejects(open('apps/web', anonymous).blob(layers[0]!, 5), /UNAUTHORIZED/)
    })

    test('lets many in at once', async () => {
      await registry.push('apps/web', 'v1', content)
      const fresh = new Registries()
      const web = fresh.open(registryName(`oci://${registry.host}/apps/web`), known)
      const digests = await Promise.all(Array.from({ length: 8 }, () => web.digestOf('v1')))
      assert.equal(new Set(digests).size, 1)
      fresh.close()
    })
  })
}
