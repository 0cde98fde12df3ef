/** The proxy of a source, from its Secret. */
import type { SecretData } from './secret-data.ts'

/** What is wrong with the Secret, in Flux's words. */
export class ProxySecretError extends Error {
  override name = 'ProxySecretError'
}

const PROXY_SCHEMES = ['http', 'https', 'socks5']

/** The proxy's URL from its secret. `name` is `<namespace>/<name>`. */
export function proxyUrl(name: string, secret: SecretData | undefined): string {
  if (!secret) throw new ProxySecretError(`secret '${name}' not found`)
  const address = secret.get('address')
  if (address === undefined) throw new ProxySecretError(`secret '${name}': key 'address' not found`)
  if (address === '') throw new ProxySecretError(`secret '${name}': proxy address is empty`)
  if (address.length > 2048) throw new ProxySecretError(`secret '${name}': proxy URL is longer than 2048 characters`)
  const url = URL.parse(address)
  const scheme = url?.protocol.slice(0, -1) ?? ''
  if (!url || !PROXY_SCHEMES.includes(scheme)) {
    throw new ProxySecretError(
      `secret '${name}': proxy URL must use one of the supported schemes (http, https, socks5), got '${scheme}'`,
    )
  }
  if (scheme === 'socks5')
    throw new ProxySecretError(`secret '${name}': socks5 proxies are not supported; use an http proxy`)
  const username = secret.get('username')
  if (username !== undefined) {
    url.username = encodeURIComponent(username)
    url.password = encodeURIComponent(secret.get('password') ?? '')
  }
  return url.href
}
