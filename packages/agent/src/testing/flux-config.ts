/** For tests: a FluxConfig `team/shop` with one kustomization, and whatever a test is about. */
import type { FluxConfig, FluxConfigStatus } from '@sluice/api'

export function fluxConfig(
  spec: Partial<FluxConfig['spec']>,
  more: { metadata?: Partial<FluxConfig['metadata']>; status?: FluxConfigStatus } = {},
): FluxConfig {
  return {
    apiVersion: 'clusterconfig.azure.com/v1alpha1',
    kind: 'FluxConfig',
    metadata: { name: 'shop', namespace: 'team', generation: 1, ...more.metadata },
    spec: {
      scope: 'cluster',
      sourceKind: 'GitRepository',
      gitRepository: { url: 'https://git.test/shop', ref: { branch: 'main' } },
      kustomizations: [{ name: 'apps', path: './apps' }],
      ...spec,
    },
    ...(more.status && { status: more.status }),
  }
}
