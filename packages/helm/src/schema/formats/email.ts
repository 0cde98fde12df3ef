/** `email`. */
import { quotedRune } from '../value-text.ts'
import { inPart, strangerIn } from './format.ts'
import { hostname } from './hostname.ts'
import { ipv4, ipv6 } from './ip-address.ts'

export function email(text: string): string | undefined {
  if (Buffer.byteLength(text) > 254) return 'more than 255 characters long'
  const at = text.lastIndexOf('@')
  if (at < 0) return 'missing @'
  const local = text.slice(0, at)
  if (Buffer.byteLength(local) > 64) return 'local part more than 64 characters long'
  return localPart(local) ?? mailDomain(text.slice(at + 1))
}

function localPart(local: string): string | undefined {
  if (local.length > 1 && local.startsWith('"')) {
    return /[\\"]/.test(local.slice(1, -1)) ? 'backslash and quote are not allowed within quoted local part' : undefined
  }
  if (local.startsWith('.')) return 'starts with dot'
  if (local.endsWith('.')) return 'ends with dot'
  if (local.includes('..')) return 'consecutive dots'
  const char = strangerIn(local, /[a-z0-9.!#$%&'*+\-/=?^_`{|}~]/i)
  return char === undefined ? undefined : `invalid character ${quotedRune(char)}`
}

function mailDomain(domain: string): string | undefined {
  if (domain.startsWith('[') && domain.endsWith(']')) {
    const address = domain.slice(1, -1)
    if (address.startsWith('IPv6:')) return inPart('invalid ipv6 address', ipv6(address.slice(5)))
    return inPart('invalid ipv4 address', ipv4(address))
  }
  return inPart('invalid domain', hostname(domain))
}
