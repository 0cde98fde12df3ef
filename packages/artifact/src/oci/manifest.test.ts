import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { challengesOf } from './challenge.ts'
import { DockerConfigError, dockerLogins } from './docker-config.ts'
import { readManifest } from './manifest.ts'
import { RegistryError } from './registry-failure.ts'
import { RegistryNameError, registryName } from './registry-name.ts'

/** `read` gives something or fails with an error of its own. */
function holds<T>(input: fc.Arbitrary<T>, read: (input: T) => unknown, known: new (...args: never[]) => Error): void {
  fc.assert(
    fc.property(input, one => {
      try {
        assert.notEqual(read(one), undefined)
      } catch (error) {
        assert.ok(error instanceof known, String(error))
      }
    }),
  )
}

const field = fc.constantFrom('mediaType', 'layers', 'manifests', 'config', 'digest', 'size', 'annotations', 'platform')
const manifest = fc.dictionary(field, fc.oneof(fc.jsonValue(), fc.array(fc.dictionary(field, fc.jsonValue()))))

test('any manifest is read or refused', () => {
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    manifest.map(value => JSON.stringify(value)),
  )
  holds(text, one => readManifest(Buffer.from(one), 'application/json'), RegistryError)
})

test('any Docker configuration is read or refused', () => {
  const entry = fc.dictionary(fc.constantFrom('auth', 'username', 'password', 'identitytoken'), fc.jsonValue())
  const auths = fc.dictionary(fc.string(), entry).map(value => JSON.stringify({ auths: value }))
  holds(fc.oneof(fc.string(), fc.json(), auths), one => dockerLogins(one), DockerConfigError)
})

test('any address is a name or refused', () => {
  holds(
    fc.oneof(fc.string(), fc.webUrl()).map(one => `oci://${one}`),
    registryName,
    RegistryNameError,
  )
})

test('any challenge is read', () => {
  holds(
    fc.oneof(
      fc.string(),
      fc.string().map(one => `Bearer realm="${one}`),
    ),
    challengesOf,
    RegistryError,
  )
})

test('annotations are taken as they are, when they are texts', () => {
  const bytes = Buffer.from('{"layers": [], "config": {"digest": "", "size": 0}, "annotations": {"a": "b", "c": 1}}')
  assert.throws(() => readManifest(bytes, ''), RegistryError)
  const digest = `sha256:${'0'.repeat(64)}`
  const value = { config: { digest, size: 0 }, layers: [], annotations: { a: 'b', c: 1, ['__proto__']: 'x' } }
  const read = readManifest(Buffer.from(JSON.stringify(value)), '')
  assert.deepEqual(read.kind === 'manifest' && read.annotations, { a: 'b' })
})
