/**
 * Node's connection errors in the words Go's HTTP client uses, because those are what users of Flux know, search for and
 * alert on (`dial tcp 127.0.0.1:1: connect: connection refused`).
 */

interface SystemError extends Error {
  code?: string
  address?: string
  port?: number
  hostname?: string
}

/** @param target the URL that was asked */
export function inGoWords(error: unknown, target: string): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof AggregateError && error.errors.length > 0) return inGoWords(error.errors[0], target)
  const { code, address, port, hostname, message }: SystemError = error
  const at =
    address === undefined ? new URL(target).host : `${address.includes(':') ? `[${address}]` : address}:${port}`
  switch (code) {
    case 'ECONNREFUSED':
      return `dial tcp ${at}: connect: connection refused`
    case 'EHOSTUNREACH':
      return `dial tcp ${at}: connect: no route to host`
    case 'ENETUNREACH':
      return `dial tcp ${at}: connect: network is unreachable`
    case 'ETIMEDOUT':
      return `dial tcp ${at}: i/o timeout`
    case 'ENOTFOUND':
      return `dial tcp: lookup ${hostname ?? new URL(target).hostname}: no such host`
    case 'EAI_AGAIN':
      return `dial tcp: lookup ${hostname ?? new URL(target).hostname}: server misbehaving`
    case 'ECONNRESET':
      return message === 'socket hang up' || message === 'aborted' ? 'EOF' : 'read: connection reset by peer'
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return 'tls: failed to verify certificate: x509: certificate signed by unknown authority'
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return /wrong version number|packet length too long/.test(message)
        ? 'http: server gave HTTP response to HTTPS client'
        : `tls: ${message.trim()}`
    case 'CERT_HAS_EXPIRED':
      return 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid'
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `tls: failed to verify certificate: x509: certificate is not valid for ${new URL(target).hostname}`
    default:
      return message
  }
}
