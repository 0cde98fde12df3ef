/** Kubernetes' `ip` and `cidr`. */
import { BlockList, isIP, SocketAddress } from 'node:net'
import type { Environment } from '@marcbachmann/cel-js'

class Ip {
  readonly text: string
  readonly family: 4 | 6
  constructor(text: string) {
    const family = isIP(text)
    if (family !== 4 && family !== 6)
      throw new Error(`IP Address ${JSON.stringify(text)} parse error during conversion from string`)
    this.text = text
    this.family = family
  }
  get net(): 'ipv4' | 'ipv6' {
    return this.family === 4 ? 'ipv4' : 'ipv6'
  }
}

class Cidr {
  readonly ip: Ip
  readonly prefix: number
  constructor(text: string) {
    const [address = '', prefix = ''] = text.split('/')
    this.ip = new Ip(address)
    this.prefix = Number(prefix)
    if (!/^\d+$/.test(prefix) || this.prefix > (this.ip.family === 4 ? 32 : 128)) {
      throw new Error(`network address parse error during conversion from string: invalid CIDR address: ${text}`)
    }
  }
  contains(ip: Ip): boolean {
    const list = new BlockList()
    list.addSubnet(this.ip.text, this.prefix, this.ip.net)
    return ip.family === this.ip.family && list.check(ip.text, ip.net)
  }
}

function succeeds(make: () => unknown): boolean {
  try {
    make()
    return true
  } catch {
    return false
  }
}

const within = (ip: Ip, v4: string, v6: string) => new Cidr(ip.family === 4 ? v4 : v6).contains(ip)
const asIp = (value: Ip | string) => (typeof value === 'string' ? new Ip(value) : value)
const asCidr = (value: Cidr | string) => (typeof value === 'string' ? new Cidr(value) : value)

export function registerAddresses(environment: Environment): void {
  const ip = 'kubernetes.IP'
  const cidr = 'kubernetes.CIDR'
  environment
    .registerType(ip, Ip)
    .registerType(cidr, Cidr)
    .registerFunction(`ip(string): ${ip}`, (text: string) => new Ip(text))
    .registerFunction('isIP(string): bool', (text: string) => isIP(text) !== 0)
    .registerFunction(`cidr(string): ${cidr}`, (text: string) => new Cidr(text))
    .registerFunction('isCIDR(string): bool', (text: string) => succeeds(() => new Cidr(text)))
    .registerFunction(`${ip}.family(): int`, (a: Ip) => BigInt(a.family))
    .registerFunction(`${ip}.isLoopback(): bool`, (a: Ip) => within(a, '127.0.0.0/8', '::1/128'))
    .registerFunction(`${ip}.isUnspecified(): bool`, (a: Ip) => within(a, '0.0.0.0/32', '::/128'))
    .registerFunction(`${ip}.isLinkLocalUnicast(): bool`, (a: Ip) => within(a, '169.254.0.0/16', 'fe80::/10'))
    .registerFunction(`${ip}.isLinkLocalMulticast(): bool`, (a: Ip) => within(a, '224.0.0.0/24', 'ff02::/16'))
    .registerFunction(`${cidr}.ip(): ${ip}`, (a: Cidr) => a.ip)
    .registerFunction(`${cidr}.prefixLength(): int`, (a: Cidr) => BigInt(a.prefix))
    .registerFunction(`string(${ip}): string`, (a: Ip) => new SocketAddress({ address: a.text, family: a.net }).address)
  for (const type of [ip, 'string']) {
    environment.registerFunction(`${cidr}.containsIP(${type}): bool`, (a: Cidr, b: Ip | string) => a.contains(asIp(b)))
  }
  for (const type of [cidr, 'string']) {
    environment.registerFunction(`${cidr}.containsCIDR(${type}): bool`, (a: Cidr, b: Cidr | string) => {
      const other = asCidr(b)
      return other.prefix >= a.prefix && a.contains(other.ip)
    })
  }
}
