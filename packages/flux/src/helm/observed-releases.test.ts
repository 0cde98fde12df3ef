import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ReleaseError, type ReleaseRecord } from '@sluice/release'
import { WrittenReleases } from './observed-releases.ts'
import type { Snapshots } from './snapshots.ts'

const record = (version: number, status: ReleaseRecord['info']['status']): ReleaseRecord => ({
  name: 'app',
  namespace: 'apps',
  version,
  info: { status },
  chart: {
    metadata: { name: 'web', version: '1.0.0' },
    lock: null,
    templates: null,
    values: null,
    schema: null,
    files: null,
  },
  config: {},
  manifest: '',
  hooks: [],
})

/** The history after upgrades of which each one failed at the objects. */
function failedUpgrades(before: Snapshots, ...versions: number[]): Snapshots {
  return versions.reduce<Snapshots>((history, version) => {
    const written = new WrittenReleases('sha256')
    written.note(record(version, 'failed'))
    written.noteFailure(new ReleaseError('apply', 'refused'))
    return written.intoHistory(history, 'upgrade', undefined)
  }, before)
}

test('an upgrade that fails at the objects makes forgotten what made the release it started from', () => {
  const installed = new WrittenReleases('sha256')
  installed.note(record(1, 'deployed'))
  const history = failedUpgrades(installed.intoHistory([], 'install', undefined), 2, 3)
  assert.deepEqual(
    history.map(({ version, status, action }) => [version, status, action]),
    [
      [3, 'failed', 'upgrade'],
      [2, 'failed', 'upgrade'],
      [1, 'deployed', undefined],
    ],
  )
})
