/** What addresses, ingress backends and network policy rules may look like (apiserver `networking/validation`, `core/validation`). */
import { BlockList, isIP } from 'node:net'
import type { Cause } from '../api-error.ts'
import { forbiddenField, invalidValue, required, unsupported } from '../requests/metadata-validation.ts'
import { child, items, type Json, number, strings, text } from './record.ts'

const ipText = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'
const cidrText = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'

export const addressProblem = (address: string): string | undefined => (isIP(address) ? undefined : ipText)

interface Network {
  address: string
  bits: number
  family: 'ipv4' | 'ipv6'
}

function networkOf(cidr: string): Network | undefined {
  const [, address = '', length = ''] = /^(.+)\/(\d{1,3})$/.exec(cidr) ?? []
  const version = isIP(address)
  const bits = Number(length)
  if (!version || bits > (version === 4 ? 32 : 128)) return undefined
  return { address, bits, family: version === 4 ? 'ipv4' : 'ipv6' }
}

export const cidrProblem = (cidr: string): string | undefined => (networkOf(cidr) ? undefined : cidrText)

function listOf({ address, bits, family }: Network): BlockList {
  const list = new BlockList()
  list.addSubnet(address, bits, family)
  return list
}

const isStrictlyWithin = (inner: Network, outer: Network) =>
  inner.family === outer.family && inner.bits > outer.bits && listOf(outer).check(inner.address, inner.family)

const special: readonly [cidrs: readonly string[], problem: string][] = [
  [['0.0.0.0/32', '::/128'], "may not be unspecified ('0.0.0.0' or '::')"],
  [['127.0.0.0/8', '::1/128'], 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
  [['169.254.0.0/16', 'fe80::/10'], 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'],
  [['224.0.0.0/24', 'ff02::/16'], 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'],
]

/** An address that is no other host's. */
export function specialAddressProblem(address: string): string | undefined {
  const family = isIP(address) === 4 ? 'ipv4' : 'ipv6'
  const isIn = (cidr: string) => {
    const network = networkOf(cidr)
    return network?.family === family && listOf(network).check(address, family)
  }
  return special.find(([cidrs]) => cidrs.some(isIn))?.[1]
}

const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix']
const refusedInPaths = ['//', '/./', '/../', '%2f', '%2F']
const refusedAtEnds = ['/..', '/.']

function pathCauses(path: Json, where: string): Cause[] {
  const type = text(path.pathType)
  if (!type) return [required(`${where}.pathType`, 'pathType must be specified')]
  if (!pathTypes.includes(type)) return [unsupported(`${where}.pathType`, type, pathTypes)]
  const value = text(path.path)
  if (type === 'ImplementationSpecific') {
    return value && !value.startsWith('/') ? [invalidValue(`${where}.path`, value, 'must be an absolute path')] : []
  }
  if (!value.startsWith('/')) return [invalidValue(`${where}.path`, value, 'must be an absolute path')]
  return [
    ...refusedInPaths.filter(s => value.includes(s)).map(s => `must not contain '${s}'`),
    ...refusedAtEnds.filter(s => value.endsWith(s)).map(s => `cannot end with '${s}'`),
  ].map(problem => invalidValue(`${where}.path`, value, problem))
}

function backendCauses(backend: Json | undefined, where: string): Cause[] {
  const service = child(backend, 'service')
  const resource = child(backend, 'resource')
  if (service && resource) return [invalidValue(where, '', 'cannot set both resource and service backends')]
  if (resource) return []
  if (!service) return [invalidValue(where, '', 'resource or service backend is required')]
  const out: Cause[] = []
  if (!text(service.name)) out.push(required(`${where}.service.name`))
  const port = child(service, 'port')
  const hasName = text(port?.name) !== ''
  const hasNumber = number(port?.number) !== 0
  if (hasName && hasNumber) out.push(invalidValue(where, '', 'cannot set both port name & port number'))
  else if (!(hasName || hasNumber)) out.push(required(where, 'port name or number is required'))
  return out
}

export function ingressRuleCauses(spec: Json): Cause[] {
  return [
    ...(child(spec, 'defaultBackend') ? backendCauses(child(spec, 'defaultBackend'), 'spec.defaultBackend') : []),
    ...items(spec, 'rules').flatMap((rule, i) =>
      items(child(rule, 'http'), 'paths').flatMap((path, j) => {
        const where = `spec.rules[${i}].http.paths[${j}]`
        return [...pathCauses(path, where), ...backendCauses(child(path, 'backend'), `${where}.backend`)]
      }),
    ),
  ]
}

function policyPortCauses(entry: Json, where: string): Cause[] {
  const { port, endPort } = entry
  const out: Cause[] = []
  if (typeof port === 'number') {
    if (port < 1 || port > 65535)
      out.push(invalidValue(`${where}.port`, port, 'must be between 1 and 65535, inclusive'))
    if (typeof endPort === 'number' && endPort < port) {
      out.push(invalidValue(`${where}.endPort`, port, 'must be greater than or equal to `port`'))
    }
  } else if (endPort !== undefined) {
    out.push(
      port === undefined
        ? invalidValue(`${where}.endPort`, endPort, 'may not be specified when `port` is not specified')
        : invalidValue(`${where}.endPort`, endPort, 'may not be specified when `port` is non-numeric'),
    )
  }
  return out
}

function peerCauses(peer: Json, where: string): Cause[] {
  const block = child(peer, 'ipBlock')
  const selects = child(peer, 'podSelector') ?? child(peer, 'namespaceSelector')
  if (!block) return selects ? [] : [required(where, 'must specify a peer')]
  if (selects) return [forbiddenField(where, 'may not specify both ipBlock and another peer')]
  const cidr = text(block.cidr)
  if (!cidr) return [required(`${where}.ipBlock.cidr`)]
  const outer = networkOf(cidr)
  if (!outer) return [invalidValue(`${where}.ipBlock.cidr`, cidr, cidrText)]
  return strings(block.except).flatMap((except, i) => {
    const inner = networkOf(except)
    const problem = !inner ? cidrText : isStrictlyWithin(inner, outer) ? undefined : 'must be a strict subset of `cidr`'
    return problem ? [invalidValue(`${where}.ipBlock.except[${i}]`, except, problem)] : []
  })
}

export function policyRuleCauses(rules: readonly Json[], peers: 'from' | 'to', path: string): Cause[] {
  return rules.flatMap((rule, i) => [
    ...items(rule, 'ports').flatMap((entry, j) => policyPortCauses(entry, `${path}[${i}].ports[${j}]`)),
    ...items(rule, peers).flatMap((peer, j) => peerCauses(peer, `${path}[${i}].${peers}[${j}]`)),
  ])
}

export function policyTypeCauses(types: readonly string[]): Cause[] {
  if (types.length > 2) {
    return [invalidValue('spec.policyTypes', types, 'may not specify more than two policyTypes')]
  }
  const known = ['Ingress', 'Egress']
  return types.flatMap((type, i) => (known.includes(type) ? [] : [unsupported(`spec.policyTypes[${i}]`, type, known)]))
}
