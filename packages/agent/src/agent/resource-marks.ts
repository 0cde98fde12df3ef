import { fieldManagers, type KubeObject, labels } from '@sluice/api'

/**
 * What the agent writes on the objects it makes, so that after a restart they say themselves which resource of the service they
 * stand for. A FluxConfig without these marks was made by somebody else and is left alone.
 */
export const marks = {
  /** Id of the resource, lower case. */
  resourceId: 'clusterconfig.azure.com/resource-id',
  /** Generation of the resource that the object shows. */
  generation: 'clusterconfig.azure.com/resource-generation',
  /** Generation whose protected settings the cluster holds. */
  protectedGeneration: 'clusterconfig.azure.com/protected-settings-generation',
} as const

export const agentLabels: Record<string, string> = { [labels.managedBy]: fieldManagers.fluxConfigAgent }

/** `undefined`: the object is not the agent's. */
export function markedResource(object: KubeObject): { id: string; generation: number } | undefined {
  if (object.metadata.labels?.[labels.managedBy] !== fieldManagers.fluxConfigAgent) return undefined
  const id = object.metadata.annotations?.[marks.resourceId]
  const generation = Number(object.metadata.annotations?.[marks.generation])
  return id && Number.isInteger(generation) ? { id, generation } : undefined
}

/** Whether the cluster holds the protected settings that came with this generation. */
export function holdsProtectedSettings(object: KubeObject, generation: number): boolean {
  return object.metadata.annotations?.[marks.protectedGeneration] === String(generation)
}
