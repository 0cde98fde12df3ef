/**
 * How a chart repository is reached over HTTP: credentials and certificates as plain data. Two accesses with the same
 * identity may share connections and downloads, others must not: whoever lacks the credentials must not read what
 * somebody else fetched.
 */
import { createHash } from 'node:crypto'

export interface HttpAccess {
  username?: string
  password?: string
  /** PEM bundle trusted beside the system's authorities. */
  ca?: string
  /** PEM client certificate and key. */
  cert?: string
  key?: string
  /** Skips the check of the server's certificate. */
  insecureSkipVerify?: boolean
  /** Sends the credentials also to other hosts that the index names. */
  passCredentials?: boolean
  /** For a whole request, in milliseconds. */
  timeoutMs: number
}

export function accessIdentity(url: string, access: HttpAccess): string {
  const { username, password, ca, cert, key, insecureSkipVerify = false, passCredentials = false } = access
  const parts = [url, username, password, ca, cert, key, insecureSkipVerify, passCredentials]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
