/** Values of options as Flux's flags take them; a wrong one is a usage error that says what would be right. */
import { InvalidArgumentError } from 'commander'

export function parseCount(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It is no whole number.')
  return Number(text)
}

/** `true` or `false`, as Go's flags take them. */
export function parseBoolean(text: string): boolean {
  if (text === 'true' || text === '1') return true
  if (text === 'false' || text === '0') return false
  throw new InvalidArgumentError('It is neither true nor false.')
}

/** `host:port`, `:port` for all addresses. */
export function parseAddress(text: string): { host?: string; port: number } {
  const colon = text.lastIndexOf(':')
  const port = Number(text.slice(colon + 1))
  if (colon < 0 || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new InvalidArgumentError('It is no address such as :9440 or 127.0.0.1:0.')
  }
  const host = text.slice(0, colon).replace(/^\[(.*)\]$/, '$1')
  return { host: host || undefined, port }
}
