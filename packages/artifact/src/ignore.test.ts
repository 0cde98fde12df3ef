import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { globMatches } from './glob.ts'
import { type IgnoreFile, ignoreFilter } from './ignore.ts'

/** Paths that stay, of these. */
function kept(paths: string[], files: IgnoreFile[], spec?: string): string[] {
  const ignored = ignoreFilter(files, spec)
  return paths.filter(path => !ignored(path, false))
}

describe('ignore rules', () => {
  const usual = [
    'a.yaml',
    'logo.png',
    'pack/all.tar.gz',
    '.github/workflows/ci.yaml',
    '.circleci/c.yml',
    '.travis.yml',
    'sub/.sops.yaml',
    'sub/.goreleaser.yml',
    '.gitignore',
    '.gitattributes',
    'sub/keep.json',
  ]

  test('by default leave out images, archives and what other tools read', () => {
    assert.deepEqual(kept(usual, []), ['a.yaml', 'sub/keep.json'])
  })

  test('of nothing but comments leave the defaults', () => {
    assert.deepEqual(kept(usual, [{ directory: '', text: '# nothing\n\n' }], '# nothing\n'), [
      'a.yaml',
      'sub/keep.json',
    ])
  })

  test("of one's own replace the defaults, but not those of Git's files", () => {
    assert.deepEqual(
      kept(usual, [], 'sub/'),
      usual.filter(path => (!path.startsWith('.git') && !path.startsWith('sub/')) || path.startsWith('.github')),
    )
  })

  const tree = [
    'top.txt',
    'x.md',
    'a/gone.txt',
    'a/keep.txt',
    'a/y.md',
    'a/top.txt',
    'b/top.txt',
    'b/z.txt',
    'b/pic.png',
  ]
  const files = [
    { directory: '', text: '*.md\n/top.txt\n' },
    { directory: 'a', text: '*.txt\n!keep.txt\n!y.md\n' },
  ]

  test('of a directory hold below it only', () => {
    assert.deepEqual(kept(tree, files), ['a/keep.txt', 'a/y.md', 'b/top.txt', 'b/z.txt', 'b/pic.png'])
  })

  test('of the object come last', () => {
    assert.deepEqual(kept(tree, files, '!x.md\nb/z.txt\n!a/gone.txt\n'), [
      'x.md',
      'a/gone.txt',
      'a/keep.txt',
      'a/y.md',
      'b/top.txt',
      'b/pic.png',
    ])
  })

  const table: [rule: string, path: string, directory: boolean, ignored: boolean][] = [
    ['docs/', 'docs', true, true],
    ['docs/', 'docs', false, false],
    ['docs/', 'a/docs/x', false, true],
    ['/docs', 'a/docs', false, false],
    ['a/*/c', 'a/b/c', false, true],
    ['a/*/c', 'a/b/d/c', false, false],
    ['a/**/c', 'a/b/d/c', false, true],
    ['**/c', 'c', false, true],
    ['a/b', 'a/b/below', false, true],
    ['*.y?ml', 'k.yaml', false, true],
    ['[a-c].txt', 'b.txt', false, true],
    ['[^a-c].txt', 'b.txt', false, false],
    ['[a-', 'b', false, false],
    ['trailing ', 'trailing', false, true],
    ['/*\n!/deploy', 'other/x', false, true],
    ['/*\n!/deploy', 'deploy/x', false, false],
    // Unlike Git's: a directory that is left out does not close the door.
    ['secret/\n!secret/ok.txt', 'secret/ok.txt', false, false],
  ]
  for (const [rule, path, directory, ignored] of table) {
    test(`${JSON.stringify(rule)} ${ignored ? 'leaves out' : 'keeps'} ${path}${directory ? '/' : ''}`, () => {
      assert.equal(ignoreFilter([], rule)(path, directory), ignored)
    })
  }
})

describe('globs', () => {
  test('agree with the regular expression they mean', () => {
    const letters = fc.array(fc.constantFrom('a', 'b', '*', '?'), { maxLength: 8 })
    const names = fc.array(fc.constantFrom('a', 'b'), { maxLength: 8 })
    fc.assert(
      fc.property(letters, names, (pattern, name) => {
        const expression = pattern.map(one => (one === '*' ? '.*' : one === '?' ? '.' : one)).join('')
        assert.equal(globMatches(pattern.join(''), name.join('')), new RegExp(`^${expression}$`).test(name.join('')))
      }),
    )
  })

  test('with many stars end in time', () => {
    assert.equal(globMatches(`${'*a'.repeat(50)}b`, 'a'.repeat(5000)), false)
  })
})
