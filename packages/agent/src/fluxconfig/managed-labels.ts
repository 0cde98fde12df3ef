import { type FluxConfig, type KubeObject, labels } from '@sluice/api'

/** Azure's labels on everything a FluxConfig made: they say whose it is, so that drift, leftovers and status find their way back. */
export function managedLabels(config: FluxConfig): Record<string, string> {
  const { operationId } = config.spec
  return {
    [labels.fluxConfigIsManaged]: 'true',
    [labels.fluxConfigName]: config.metadata.name,
    [labels.fluxConfigNamespace]: config.metadata.namespace ?? '',
    ...(operationId && { [labels.fluxConfigOperationId]: operationId }),
  }
}

/** Selects whatever any FluxConfig made. */
export const managedSelector = `${labels.fluxConfigIsManaged}=true`

/** `<namespace>/<name>` of the FluxConfig that made this object; `undefined` when none did. */
export function ownerOf(object: KubeObject): { namespace: string; name: string } | undefined {
  const carried = object.metadata.labels
  const name = carried?.[labels.fluxConfigName]
  const namespace = carried?.[labels.fluxConfigNamespace]
  if (carried?.[labels.fluxConfigIsManaged] !== 'true' || !name || !namespace) return undefined
  // A tenant may write any label on its own objects: those of another namespace are never taken at their word.
  const own = object.metadata.namespace
  return own === undefined || own === namespace ? { namespace, name } : undefined
}

export function isOwnedBy(object: KubeObject, config: { metadata: FluxConfig['metadata'] }): boolean {
  const owner = ownerOf(object)
  return owner?.name === config.metadata.name && owner.namespace === config.metadata.namespace
}
