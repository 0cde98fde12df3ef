/** The reference pages say what the definitions say, and their examples are valid. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { objectSchema } from '../crd.ts'
import { apiVersionOf } from '../kind.ts'
import { kinds } from '../kinds.ts'
import { violations } from '../schema/violations.ts'
import { examples } from './examples.ts'

const run = promisify(execFile)

describe('examples', () => {
  test('there is one of every kind', () => {
    assert.deepEqual(
      examples.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`),
      kinds.map(kind => `${apiVersionOf(kind)} ${kind.kind}`),
    )
  })

  for (const [index, kind] of kinds.entries()) {
    test(`${kind.kind} is valid`, () => {
      const schema = objectSchema(kind, kind.versions[0])
      const { metadata: _, ...rest } = schema.properties ?? {}
      const { metadata: __, ...object } = examples[index] ?? {}
      assert.deepEqual(violations({ ...schema, properties: rest }, object), [])
    })
  }
})

test('docs/reference is not stale', async () => {
  const script = new URL('../../../../scripts/generate/reference.mjs', import.meta.url)
  const { stdout } = await run(process.execPath, [script.pathname, '--check'])
  assert.equal(stdout, '')
})
