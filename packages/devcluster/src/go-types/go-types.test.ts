import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decodeJson } from './decode-json.ts'
import { decodeEnvelope } from './decode-protobuf.ts'
import { goStructOf } from './go-struct.ts'
import { canonicalQuantity } from './quantity.ts'

const structOf = (apiVersion: string, kind: string) => {
  const struct = goStructOf(apiVersion, kind)
  assert.ok(struct)
  return struct
}

describe('a quantity is spelled as Go spells it', () => {
  const cases: [string, string | undefined][] = [
    ['1000m', '1'],
    ['0.5', '500m'],
    ['100', '100'],
    ['1000', '1k'],
    ['1024Mi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['512', '512'],
    ['1Ki', '1Ki'],
    ['0.5Ki', '512'],
    ['1e3', '1e3'],
    ['0', '0'],
    ['-1', '-1'],
    ['64Mi', '64Mi'],
    ['x', undefined],
    ['1Zi', undefined],
    ['', undefined],
  ]
  for (const [text, expected] of cases) {
    test(text || 'nothing', () => assert.equal(canonicalQuantity(text), expected))
  }
})

describe('reading JSON into a built-in kind', () => {
  test('drops what is empty and optional, shows what is required', () => {
    const { value, unknown } = decodeJson(structOf('apps/v1', 'Deployment'), {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'd', labels: {}, annotations: null },
      spec: {
        replicas: 0,
        paused: false,
        selector: { matchLabels: { a: 'b' } },
        template: { spec: { hostNetwork: false, containers: [{ image: 'i' }] } },
      },
    })
    assert.deepEqual(unknown, [])
    assert.deepEqual(value, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'd' },
      spec: {
        replicas: 0,
        selector: { matchLabels: { a: 'b' } },
        strategy: {},
        template: { metadata: {}, spec: { containers: [{ name: '', image: 'i', resources: {} }] } },
      },
      status: {},
    })
  })

  test('is the same again on what it made', () => {
    const struct = structOf('v1', 'Pod')
    const once = decodeJson(struct, { metadata: {}, spec: { containers: [{ name: 'c' }] } }).value
    assert.equal(decodeJson(struct, once).value, once)
  })

  test('names unknown fields with their paths', () => {
    const { unknown } = decodeJson(structOf('v1', 'Pod'), {
      metadata: { foo: 1 },
      spec: { containers: [{ name: 'c', bar: 1 }] },
    })
    assert.deepEqual(unknown, ['metadata.foo', 'spec.containers[0].bar'])
  })

  test('says where a value has the wrong type', () => {
    const struct = structOf('apps/v1', 'Deployment')
    assert.throws(() => decodeJson(struct, { spec: { replicas: 'x' } }), {
      message: 'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    })
    assert.throws(() => decodeJson(structOf('v1', 'Secret'), { data: { a: '%' } }), {
      message: 'illegal base64 data at input byte 0',
    })
  })
})

/** The smallest protobuf writer that can say what these tests need. */
const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)])
const field = (number: number, content: Buffer | string | number): Buffer =>
  typeof content === 'number'
    ? Buffer.from([...varint(number << 3), ...varint(content)])
    : Buffer.concat([
        Buffer.from([...varint((number << 3) | 2), ...varint(Buffer.byteLength(content))]),
        Buffer.from(content),
      ])
const message = (...fields: Buffer[]) => Buffer.concat(fields)
const envelope = (apiVersion: string, kind: string, raw: Buffer) =>
  Buffer.concat([
    Buffer.from('6b387300', 'hex'),
    field(1, message(field(1, apiVersion), field(2, kind))),
    field(2, raw),
  ])

describe('reading protobuf', () => {
  test('a secret with binary data', () => {
    const entry = message(field(1, 'key'), field(2, Buffer.from([0xff, 0])))
    const raw = message(field(1, field(1, 'name')), field(2, entry), field(3, 'Opaque'))
    assert.deepEqual(decodeEnvelope(envelope('v1', 'Secret', raw), { apiVersion: 'v1', kind: 'Secret' }), {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'name' },
      data: { key: '/wA=' },
      type: 'Opaque',
    })
  })

  test('embedded structs stand where their fields are, lists repeat, quantities and int-or-strings are values', () => {
    const port = message(field(1, 0), field(2, 80), field(3, ''))
    const handler = field(2, message(field(1, '/'), field(2, port)))
    const probe = message(field(1, handler), field(2, 5))
    const limits = message(field(1, 'cpu'), field(2, field(1, '100m')))
    const container = message(field(1, 'c'), field(3, 'a'), field(3, 'b'), field(8, field(1, limits)), field(11, probe))
    const raw = message(field(1, field(1, 'p')), field(2, field(2, container)))
    const pod = decodeEnvelope(envelope('v1', 'Pod', raw), { apiVersion: 'v1', kind: 'Pod' })
    assert.deepEqual(Object(pod?.spec).containers, [
      {
        name: 'c',
        command: ['a', 'b'],
        resources: { limits: { cpu: '100m' } },
        readinessProbe: { httpGet: { path: '/', port: 80 }, initialDelaySeconds: 5 },
      },
    ])
  })

  test('what has no envelope is none', () => {
    assert.equal(decodeEnvelope(Buffer.from('{}'), { apiVersion: 'v1', kind: 'Pod' }), undefined)
  })

  test('what is cut short is refused', () => {
    const whole = envelope('v1', 'Secret', message(field(1, field(1, 'name'))))
    assert.throws(
      () => decodeEnvelope(whole.subarray(0, whole.length - 2), { apiVersion: 'v1', kind: 'Secret' }),
      /EOF/,
    )
  })
})
