import type { Kustomization } from '@sluice/api'

/** A Kustomization for tests, with the least a real one has. */
export function aKustomization(
  name: string,
  spec: Partial<Kustomization['spec']> = {},
  status?: Kustomization['status'],
): Kustomization {
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name, namespace: 'apps', generation: 2 },
    spec: { interval: '10m', prune: true, sourceRef: { kind: 'GitRepository', name: 'repo' }, ...spec },
    status,
  }
}
