/** String formats that the API server checks in custom resources; any other format is a comment. */
import { isIPv4, isIPv6 } from 'node:net'

const dateTime = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/
const goDuration = /^[+-]?(0|((\d+(\.\d*)?|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h))+)$/
const wordDuration = /^(\d+(\.\d+)?\s*(w|d|h|m|s|ms|us|µs|ns|weeks?|days?|hours?|minutes?|seconds?))+$/
const uuid = (version: string) =>
  new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$`, 'i')
const hostname = /^([a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)(\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*\.?$/

const checks: Record<string, (text: string) => boolean> = {
  'date-time': text => dateTime.test(text) && !Number.isNaN(Date.parse(text)),
  datetime: text => dateTime.test(text) && !Number.isNaN(Date.parse(text)),
  date: text => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)),
  duration: text => goDuration.test(text) || wordDuration.test(text),
  byte: text => /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text),
  uri: text => URL.canParse(text) || text.startsWith('/'),
  email: text => /^[^\s@]+@[^\s@]+$/.test(text),
  hostname: text => text.length <= 253 && hostname.test(text),
  ipv4: isIPv4,
  ipv6: isIPv6,
  cidr: text => {
    const [address = '', prefix = ''] = text.split('/')
    const bits = isIPv4(address) ? 32 : isIPv6(address) ? 128 : -1
    return /^\d+$/.test(prefix) && Number(prefix) <= bits
  },
  mac: text => /^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i.test(text),
  uuid: text => uuid('[0-9a-f]').test(text),
  uuid3: text => uuid('3').test(text),
  uuid4: text => uuid('4').test(text),
  uuid5: text => uuid('5').test(text),
}

export function hasFormat(format: string, text: string): boolean {
  return checks[format]?.(text) ?? true
}
