/** JSON as Go's encoder writes it: keys of maps in the order of their bytes, what could end a script escaped. */

/** Of maps whose keys Go would sort. */
export function goJson(value: unknown): string {
  return goEscaped(plainJson(value))
}

/** Escapes what Go escapes in JSON that is otherwise ready. */
export function goEscaped(json: string): string {
  return json.replace(/[<>&\u2028\u2029]/g, sign => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** JSON that keeps the order of its keys, as Go's structures do. */
export class RawJson {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

function plainJson(value: unknown): string {
  if (value instanceof RawJson) return value.text
  if (typeof value === 'bigint') return String(value)
  if (Array.isArray(value)) return `[${value.map(plainJson).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined)
    entries.sort(([a], [b]) => compareBytes(a, b))
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${plainJson(item)}`).join(',')}}`
  }
  return JSON.stringify(value) ?? 'null'
}

/** By code points, which is the order of UTF-8 bytes. */
function compareBytes(a: string, b: string): number {
  if (a === b) return 0
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the test is for anything beyond ASCII
  if (/^[\x00-\x7f]*$/.test(a + b)) return a < b ? -1 : 1
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
