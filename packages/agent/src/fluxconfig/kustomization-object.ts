import { annotations, type FluxConfig, fluxConfigNames, groups, type KubeObject } from '@sluice/api'
import { sourceKindOf } from './source-object.ts'

/** One Flux Kustomization of a configuration, written as Azure's fluxconfig-controller writes it: `<configuration>-<kustomization>`. */
export type ConfiguredKustomization = NonNullable<FluxConfig['spec']['kustomizations']>[number]

export const kustomizationApiVersion = `${groups.kustomize}/v1`

export const kustomizationName = (config: FluxConfig, name: string): string => `${config.metadata.name}-${name}`

export function kustomizationObject(
  config: FluxConfig,
  configured: ConfiguredKustomization,
  metadata: KubeObject['metadata'],
): KubeObject {
  const { name: configuration, namespace } = config.metadata
  const dependsOn = configured.dependsOn?.map(name => ({ name: kustomizationName(config, name) }))
  return {
    apiVersion: kustomizationApiVersion,
    kind: 'Kustomization',
    metadata,
    spec: {
      sourceRef: { kind: sourceKindOf(config), name: configuration, namespace },
      path: configured.path ?? '',
      interval: configured.syncInterval ?? '10m0s',
      retryInterval: configured.retryInterval,
      timeout: configured.timeout ?? '10m0s',
      prune: configured.prune ?? false,
      force: configured.force ?? false,
      wait: configured.wait ?? true,
      dependsOn: dependsOn?.length ? dependsOn : undefined,
      postBuild: configured.postBuild,
      serviceAccountName: fluxConfigNames.applierServiceAccount,
      patches: [managedSourcePatch(config)],
      deletionPolicy: config.spec.softDelete ? 'Orphan' : undefined,
      suspend: config.spec.suspend || undefined,
    },
  }
}

/** HelmReleases that ask for it take their chart from the configuration's own source, whatever it is called. */
function managedSourcePatch(config: FluxConfig): Record<string, unknown> {
  const { name, namespace } = config.metadata
  const value = { name, namespace, kind: sourceKindOf(config) }
  return {
    patch: JSON.stringify([{ op: 'add', path: '/spec/chart/spec/sourceRef', value }]),
    target: {
      group: groups.helm,
      kind: 'HelmRelease',
      annotationSelector: `${annotations.useManagedSource}=true`,
    },
  }
}
