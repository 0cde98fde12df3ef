import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { HelmRelease, KubeObject, ObjectRef } from '@sluice/api'
import { composedValues, composeValues } from './compose-values.ts'
import { aRelease } from './testing/a-release.ts'

const objects: Record<string, Record<string, string>> = {
  'ConfigMap/base': { 'values.yaml': 'a: 1\nmap:\n  x: 1\n  z: 2\nlist: [1, 2]\n', other: 'a: 5' },
  'ConfigMap/list': { 'values.yaml': '- a\n- b\n' },
  'ConfigMap/broken': { 'values.yaml': 'a: b: c\n' },
  'Secret/secret': { password: 'p,ss{w}\\rd', number: '8080', quoted: '"8080"', list: '{a,b}' },
  'Secret/numbers': { 'values.yaml': 'pin: 12345678901234567890\nport: 8080\n' },
  'Secret/leaky': { 'values.yaml': '&hidden *hidden2', comma: 'hidden,hidden2' },
}

let reads: string[] = []
const find = async <T extends KubeObject>({ kind, name }: ObjectRef): Promise<T | undefined> => {
  reads.push(`${kind}/${name}`)
  const data = objects[`${kind}/${name}`]
  if (!data) return undefined
  const encode = (text: string) => (kind === 'Secret' ? Buffer.from(text).toString('base64') : text)
  const encoded = Object.fromEntries(Object.entries(data).map(([key, text]) => [key, encode(text)]))
  return { apiVersion: 'v1', kind, metadata: { name }, data: encoded } as unknown as T
}

type From = NonNullable<HelmRelease['spec']['valuesFrom']>
const values = (valuesFrom: From, inline?: HelmRelease['spec']['values']) => {
  reads = []
  return composeValues(aRelease({ valuesFrom, values: inline }), { find })
}
const configMap = { kind: 'ConfigMap' as const, name: 'base' }
const secret = { kind: 'Secret' as const, name: 'secret' }

describe('values of a release', () => {
  test('merge in order, maps deep and lists whole, inline values last', async () => {
    assert.deepEqual(await values([configMap], { map: { z: 3 }, list: [9] }), { a: 1, map: { x: 1, z: 3 }, list: [9] })
    const later = await values([configMap, { ...configMap, valuesKey: 'other' }])
    assert.deepEqual(later, { a: 5, map: { x: 1, z: 2 }, list: [1, 2] })
    assert.deepEqual(reads, ['ConfigMap/base'])
  })

  test('nulls stay: they take defaults of the chart away', async () => {
    assert.deepEqual(await values([configMap], { map: null }), { a: 1, map: null, list: [1, 2] })
  })

  test('single values have types unless quoted or literal', async () => {
    const at = (valuesKey: string, targetPath: string, literal?: boolean) => ({
      ...secret,
      valuesKey,
      targetPath,
      literal,
    })
    assert.deepEqual(await values([at('number', 'port')]), { port: 8080n })
    assert.deepEqual(await values([at('quoted', 'port')]), { port: '8080' })
    assert.deepEqual(await values([at('list', 'a.b')]), { a: { b: ['a', 'b'] } })
    assert.deepEqual(await values([at('password', 'a\\.b', true)]), { 'a.b': 'p,ss{w}\\rd' })
  })

  test('a single value is set into inline maps and leaves the spec as it is', async () => {
    const inline = { map: { a: 'inline', b: 'inline' }, plain: 'inline' }
    const at = (targetPath: string) => ({ ...secret, valuesKey: 'number', targetPath })
    assert.deepEqual(await values([at('map.a')], inline), { map: { a: 8080n, b: 'inline' }, plain: 'inline' })
    assert.deepEqual(await values([at('plain')], inline), inline)
    assert.deepEqual(inline, { map: { a: 'inline', b: 'inline' }, plain: 'inline' })
  })

  test('what is missing is an error unless it is optional', async () => {
    const none = { kind: 'ConfigMap' as const, name: 'none' }
    const where = "chart values reference 'apps/none' with key 'values.yaml'"
    await assert.rejects(values([none]), {
      message: `could not resolve ConfigMap ${where}: configmaps "none" not found`,
    })
    assert.deepEqual(await values([{ ...none, optional: true }], { a: 1 }), { a: 1 })
    await assert.rejects(values([{ ...configMap, valuesKey: 'gone' }]), { message: /with key 'gone': key not found$/ })
    assert.deepEqual(await values([{ ...configMap, valuesKey: 'gone', optional: true }]), {})
  })

  test('what is no map is told in the words of Go', async () => {
    const list =
      /error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type common.Values$/
    await assert.rejects(values([{ ...configMap, name: 'list' }]), { message: list })
    const broken = /error converting YAML to JSON: yaml: mapping values are not allowed in this context$/
    await assert.rejects(values([{ ...configMap, name: 'broken' }]), { message: broken })
  })

  test('what came from a Secret is known, as it was written and as it became a value', async () => {
    const at = (valuesKey: string, name = 'secret') => ({ ...secret, name, valuesKey, targetPath: 'a' })
    const valuesFrom = [at('quoted'), at('list'), { ...secret, name: 'numbers' }]
    const { secrets } = await composedValues(aRelease({ valuesFrom }), { find })
    for (const text of ['8080', 'a', 'b', '{a,b}']) assert.ok(secrets.includes(text), text)
    assert.ok(
      secrets.some(text => text.startsWith('1234567890')),
      secrets.join(),
    )
  })

  test('errors about a Secret do not say what is in it', async () => {
    const leaky = { ...secret, name: 'leaky' }
    for (const reference of [leaky, { ...leaky, valuesKey: 'comma', targetPath: 'a' }]) {
      await assert.rejects(values([reference]), ({ message }: Error) => !message.includes('hidden'))
    }
  })
})
