/** A short name for a pod template: the same template always has the same. Also for the revisions of stateful and daemon sets. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789'

/** JSON with sorted keys, so that the order of fields does not matter. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}

/** @param collisions how often the name was taken by something else */
export function templateHash(template: unknown, collisions = 0): string {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(canonical(template) + (collisions === 0 ? '' : String(collisions)))) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  }
  return [...String(hash)].map(digit => alphabet[digit.charCodeAt(0) % alphabet.length]).join('')
}
