import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { KustomizeError } from './kustomize-error.ts'
import { isRemote, parseRepositoryUrl } from './repository-url.ts'

describe('addresses of repositories', () => {
  const table: [url: string, repository: string, path: string, ref: string | undefined][] = [
    ['https://github.com/org/repo//deploy/prod?ref=v1.2', 'https://github.com/org/repo', 'deploy/prod', 'v1.2'],
    ['https://github.com/org/repo/deploy?version=main', 'https://github.com/org/repo', 'deploy', 'main'],
    ['https://github.com/org/repo.git', 'https://github.com/org/repo.git', '', undefined],
    ['github.com/org/repo/a/b?ref=x', 'https://github.com/org/repo', 'a/b', 'x'],
    ['git@github.com:org/repo.git//a', 'git@github.com:org/repo.git', 'a', undefined],
    ['ssh://git@host.example/group/sub/repo.git/a?ref=y', 'ssh://git@host.example/group/sub/repo.git', 'a', 'y'],
    ['git::https://host.example/x/y/z', 'https://host.example/x/y', 'z', undefined],
    [
      'https://dev.azure.com/org/project/_git/repo/a/b',
      'https://dev.azure.com/org/project/_git/repo',
      'a/b',
      undefined,
    ],
    ['file:///srv/repos/app//overlays/prod?ref=main', 'file:///srv/repos/app', 'overlays/prod', 'main'],
    ['file:///srv/repos/app', 'file:///srv/repos/app', '', undefined],
    ['GIT::HTTPS://Host.example/a/b', 'https://Host.example/a/b', '', undefined],
    ['ssh://github.com/org/repo', 'github.com:org/repo', '', undefined],
    ['https://user@github.com/org/repo/x', 'user@github.com:org/repo', 'x', undefined],
    ['user@host.example/org/repo', 'user@host.example/org/repo', '', undefined],
    ['https://h/a/b?ref=feature%2Fx&version=y', 'https://h/a/b', '', 'feature/x'],
  ]
  for (const [url, repository, path, ref] of table) {
    test(url, () => {
      const parsed = parseRepositoryUrl(url)
      assert.deepEqual([parsed.repository, parsed.path, parsed.ref], [repository, path, ref])
    })
  }

  test('timeouts and submodules', () => {
    assert.equal(parseRepositoryUrl('https://h/a/b').timeoutMs, 27_000)
    assert.equal(parseRepositoryUrl('https://h/a/b?timeout=5').timeoutMs, 5000)
    assert.equal(parseRepositoryUrl('https://h/a/b?timeout=1m30s').timeoutMs, 90_000)
    assert.equal(parseRepositoryUrl('https://h/a/b?submodules=false').submodules, false)
    assert.equal(parseRepositoryUrl('https://h/a/b?submodules=0').submodules, false)
    // What cannot be read does not count, as in the real tool.
    assert.equal(parseRepositoryUrl('https://h/a/b?submodules=no').submodules, true)
    assert.equal(parseRepositoryUrl('https://h/a/b?timeout=soon').timeoutMs, 27_000)
    assert.equal(parseRepositoryUrl('https://h/a/b?ref=v1;x').ref, undefined)
  })

  test('what cannot be meant', () => {
    for (const url of ['https://h', 'https://h/a', 'https://h/a/b//../../c', 'https://h/a/b?ref=--upload-pack=x']) {
      assert.throws(() => parseRepositoryUrl(url), KustomizeError, url)
    }
    for (const path of ['../base', './a@b/c', '/srv/x', 'base', 'package@v1.example/configs/base']) {
      assert.equal(isRemote(path), path.startsWith('package@'), path)
    }
  })
})
