import type { HelmRelease, HelmReleaseSnapshot } from '@sluice/api'
import type { ReleaseRecord } from '@sluice/release'

/** For tests: a HelmRelease `app` of namespace `apps`, with what a test says about it. */
export function aRelease(
  spec: Partial<HelmRelease['spec']> = {},
  status: HelmRelease['status'] = {},
  metadata: Partial<HelmRelease['metadata']> = {},
): HelmRelease {
  return {
    apiVersion: 'helm.toolkit.fluxcd.io/v2',
    kind: 'HelmRelease',
    metadata: { name: 'app', namespace: 'apps', generation: 2, ...metadata },
    spec: { interval: '10m', chartRef: { kind: 'HelmChart', name: 'app' }, ...spec },
    status: { observedGeneration: 2, ...status },
  }
}

export function aSnapshot(version: number, fields: Partial<HelmReleaseSnapshot> = {}): HelmReleaseSnapshot {
  return {
    apiVersion: 'v2',
    digest: `sha256:${version}`,
    name: 'app',
    namespace: 'apps',
    version,
    status: 'deployed',
    chartName: 'app',
    chartVersion: '1.0.0',
    configDigest: 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    firstDeployed: '2026-01-01T00:00:00Z',
    lastDeployed: '2026-01-01T00:00:00Z',
    ...fields,
  }
}

export function aRecord(version: number, fields: Partial<ReleaseRecord> = {}): ReleaseRecord {
  return {
    name: 'app',
    namespace: 'apps',
    version,
    info: { status: 'deployed' },
    chart: {
      metadata: { name: 'app', version: '1.0.0' },
      lock: null,
      templates: null,
      values: null,
      schema: null,
      files: null,
    },
    manifest: '',
    hooks: [],
    ...fields,
  }
}
