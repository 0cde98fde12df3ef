/** An object that waits for others of its kind. */
export interface Dependent {
  metadata: { namespace?: string; name: string }
  spec: { dependsOn?: { name: string; namespace?: string }[] }
}

/**
 * The circle an object's dependencies run in, as `a -> b -> a`, or `undefined`. Flux waits for ever without a word;
 * we say what is wrong.
 */
export function dependencyCycle(
  object: Dependent,
  find: (namespace: string, name: string) => Dependent | undefined,
): string | undefined {
  const start = `${object.metadata.namespace}/${object.metadata.name}`
  const seen = new Set<string>()
  const walk = (at: Dependent, path: string[]): string | undefined => {
    for (const { name, namespace = at.metadata.namespace ?? '' } of at.spec.dependsOn ?? []) {
      const id = `${namespace}/${name}`
      if (id === start) return [...path, id].join(' -> ')
      if (seen.has(id)) continue
      seen.add(id)
      const next = find(namespace, name)
      const found = next && walk(next, [...path, id])
      if (found) return found
    }
    return undefined
  }
  return walk(object, [start])
}
