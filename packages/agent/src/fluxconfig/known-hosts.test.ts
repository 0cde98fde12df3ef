import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { knownHostsOf } from './known-hosts.ts'

/** As the services publish them. */
const fingerprints: Record<string, string[]> = {
  'github.com': ['+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU', 'p2QAMXNIC1TJYWeIOttrVc98/R1BUFWu3/LiyKgUfQM'],
  'gitlab.com': ['eUXGGm1YGsMAS7vkcx6JOJdOGHPem5gQp4taiCfCLB8'],
  'bitbucket.org': ['ybgmFkzwOSotHTHLJgHO0QN8L0xErw6vd0VhFA9m3SM'],
  'ssh.dev.azure.com': ['ohD8VZEXGWo6Ez8GSEJQ9WpafgLFsOfLOtGGQCQo6Og'],
  'vs-ssh.visualstudio.com': ['ohD8VZEXGWo6Ez8GSEJQ9WpafgLFsOfLOtGGQCQo6Og'],
}

for (const [host, expected] of Object.entries(fingerprints)) {
  test(`the keys of ${host} have the fingerprints that the service publishes`, () => {
    const lines = (knownHostsOf(host) ?? '').trim().split('\n')
    const found = lines.map(line => {
      const [name, , key = ''] = line.split(' ')
      assert.equal(name, host)
      return createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64').replace(/=+$/, '')
    })
    assert.deepEqual(found, expected)
  })
}

test('of other hosts nothing is known', () => assert.equal(knownHostsOf('git.example.org'), undefined))
