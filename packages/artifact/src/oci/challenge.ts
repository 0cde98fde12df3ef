/** What a server that wants a login says about it (`WWW-Authenticate`, RFC 9110 section 11.6.1). */

export interface Challenge {
  /** Lower case: `basic`, `bearer`. */
  scheme: string
  parameters: ReadonlyMap<string, string>
}

const TOKEN = /[\w!#$%&'*+.^`|~-]+/y
const PARAMETER = /\s*([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))\s*(?:,|$)/y

/** What cannot be read is left out. */
export function challengesOf(header: string): Challenge[] {
  const challenges: Challenge[] = []
  let at = 0
  while (at < header.length) {
    const skipped = /[\s,]*/y
    skipped.lastIndex = at
    skipped.test(header)
    at = skipped.lastIndex
    TOKEN.lastIndex = at
    const scheme = TOKEN.exec(header)?.[0]
    if (scheme === undefined) break
    at = TOKEN.lastIndex
    const parameters = new Map<string, string>()
    for (;;) {
      PARAMETER.lastIndex = at
      const found = PARAMETER.exec(header)
      if (!found) break
      const [, name = '', quoted, plain = ''] = found
      parameters.set(name.toLowerCase(), quoted === undefined ? plain : quoted.replace(/\\(.)/g, '$1'))
      at = PARAMETER.lastIndex
    }
    challenges.push({ scheme: scheme.toLowerCase(), parameters })
  }
  return challenges
}
