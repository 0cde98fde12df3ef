import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseGitUrl } from './git-url.ts'

const cases: [string, { url: string; ssh: boolean; host: string } | undefined][] = [
  ['https://GitHub.com/o/r', { url: 'https://GitHub.com/o/r', ssh: false, host: 'github.com' }],
  ['http://127.0.0.1:8080/r.git', { url: 'http://127.0.0.1:8080/r.git', ssh: false, host: '127.0.0.1' }],
  ['ssh://git@host.test:2222/o/r', { url: 'ssh://git@host.test:2222/o/r', ssh: true, host: 'host.test' }],
  ['git@host.test:o/r.git', { url: 'ssh://git@host.test/o/r.git', ssh: true, host: 'host.test' }],
  [
    'git@ssh.dev.azure.com:v3/o/p/r',
    { url: 'ssh://git@ssh.dev.azure.com/v3/o/p/r', ssh: true, host: 'ssh.dev.azure.com' },
  ],
  ['ftp://host/r', undefined],
  ['nonsense', undefined],
  ['https://', undefined],
]
for (const [text, expected] of cases) {
  test(`${text} is ${expected ? expected.url : 'no address of a repository'}`, () => {
    const parsed = parseGitUrl(text)
    assert.deepEqual(parsed && { url: parsed.url, ssh: parsed.ssh, host: parsed.host }, expected)
  })
}
