/** JSON pointers (RFC 6901) into plain JSON, without changing what they point into. Negative indexes count from the end. */
export function pointerTokens(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map(token => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}

export function valueAt(root: unknown, tokens: readonly string[]): unknown {
  let at = root
  for (const token of tokens) {
    if (Array.isArray(at)) at = at.at(Number(token))
    else if (typeof at === 'object' && at !== null) at = (at as Record<string, unknown>)[token]
    else return undefined
  }
  return at
}

/** A copy along the path with the value set, or removed when `undefined`. A path that does not exist stays away when removing. */
export function withValueAt<T>(root: T, tokens: readonly string[], value: unknown): T {
  return replaced(root, tokens, value) as T
}

function replaced(node: unknown, tokens: readonly string[], value: unknown): unknown {
  const [token, ...rest] = tokens
  if (token === undefined) return value
  if (Array.isArray(node)) {
    const index = Number(token) < 0 ? node.length + Number(token) : Number(token)
    if (!Number.isInteger(index) || index < 0 || index >= node.length) return node
    const child = replaced(node[index], rest, value)
    if (child === undefined) return node.filter((_, i) => i !== index)
    return node.map((element, i) => (i === index ? child : element))
  }
  const fields = typeof node === 'object' && node !== null ? (node as Record<string, unknown>) : undefined
  if (!fields || !(token in fields)) {
    if (value === undefined) return node
    return { ...fields, [token]: replaced(undefined, rest, value) }
  }
  const child = replaced(fields[token], rest, value)
  if (child !== undefined) return { ...fields, [token]: child }
  const { [token]: _, ...others } = fields
  return others
}
