import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { challengesOf } from './challenge.ts'

describe('what a server wants', () => {
  const table: [header: string, read: [scheme: string, parameters: Record<string, string>][]][] = [
    [
      'Bearer realm="https://auth.io/token",service="registry.io",scope="repository:a/b:pull,push"',
      [['bearer', { realm: 'https://auth.io/token', service: 'registry.io', scope: 'repository:a/b:pull,push' }]],
    ],
    ['Basic realm="a \\"quoted\\" one"', [['basic', { realm: 'a "quoted" one' }]]],
    [
      'Negotiate, Basic realm=x, Bearer realm="y" , service=z',
      [
        ['negotiate', {}],
        ['basic', { realm: 'x' }],
        ['bearer', { realm: 'y', service: 'z' }],
      ],
    ],
    ['', []],
    ['  , ,', []],
    ['"?', []],
    ['Bearer realm="never ends', [['bearer', {}]]],
  ]
  for (const [header, read] of table) {
    test(JSON.stringify(header), () => {
      const found = challengesOf(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)])
      assert.deepEqual(found.slice(0, read.length), read)
    })
  }

  test('ends for anything', () => {
    for (const header of ['='.repeat(50_000), 'a '.repeat(50_000), '"'.repeat(50_000), 'a="\\'.repeat(20_000)]) {
      assert.ok(Array.isArray(challengesOf(header)))
    }
  })
})
