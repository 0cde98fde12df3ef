/** SHA-256 in hex, by the OpenSSL of Node. Loaded when first asked for: most builds of a command line hash nothing. */
let crypto: typeof import('node:crypto') | undefined

export function sha256(data: Uint8Array | string): string {
  crypto ??= process.getBuiltinModule('node:crypto')
  return crypto.hash('sha256', data)
}
