/**
 * Where a repository is and how we prove ourselves there. A remote is plain data; two with the same identity share one
 * mirror, so the identity covers the credentials: whoever lacks them must not read what somebody else fetched.
 */
import { createHash } from 'node:crypto'

export interface GitAuth {
  username?: string
  password?: string
  bearerToken?: string
  /** PEM bundle trusted beside the system's authorities. */
  ca?: string
  /** PEM client certificate and key. */
  cert?: string
  key?: string
  /** SSH: private key in PEM or OpenSSH form, its passphrase, and the lines of `known_hosts` that are trusted. */
  identity?: string
  passphrase?: string
  knownHosts?: string
}

export interface GitRemote {
  url: string
  auth?: GitAuth
  /** Proxy URL (http or https), with its own user and password when it needs them. */
  proxy?: string
}

/** A name for the mirror of this remote: hex, safe as a directory name. */
export function remoteIdentity(remote: GitRemote): string {
  const { username, password, bearerToken, ca, cert, key, identity, passphrase, knownHosts } = remote.auth ?? {}
  return createHash('sha256')
    .update(JSON.stringify([remote.url, username, password, bearerToken, ca, cert, key, remote.proxy]))
    .update(JSON.stringify([identity, passphrase, knownHosts]))
    .digest('hex')
    .slice(0, 40)
}

/** The URL without a password in it, for messages. */
export function displayUrl(url: string): string {
  return url.replace(/^([a-z]+:\/\/)([^/@]*)@/i, (_whole, scheme: string, user: string) => {
    const colon = user.indexOf(':')
    return colon < 0 ? `${scheme}${user}@` : `${scheme}${user.slice(0, colon)}:xxxxx@`
  })
}
