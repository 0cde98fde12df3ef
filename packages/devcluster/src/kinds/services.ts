/** Services: defaults, cluster addresses from 10.96.0.0/16, node ports from 30000-32767, and what may not change. */
import { isIP } from 'node:net'
import type { KubeObject } from '@sluice/api'
import type { Cause } from '../api-error.ts'
import type { Api } from '../requests/api.ts'
import {
  duplicate,
  forbiddenField,
  invalidValue,
  labelCauses,
  required,
  unsupported,
} from '../requests/metadata-validation.ts'
import { sameJson } from '../requests/request.ts'
import { addressProblem, cidrProblem, specialAddressProblem } from './network-validation.ts'
import { child, ensured, fill, isJson, items, type Json, number, strings, text } from './record.ts'
import type { KindStrategy } from './strategy.ts'
import { specOf } from './workload-kinds.ts'

const services = '/services'
const network = '10.96.'

const isExternalName = (spec: Json) => spec.type === 'ExternalName'
const hasNodePorts = (spec: Json) => spec.type === 'NodePort' || spec.type === 'LoadBalancer'

function usedAddresses(api: Api): Set<string> {
  return new Set(
    api.store
      .collection(services)
      .items()
      .flatMap(s => strings(child(s.object, 'spec')?.clusterIPs)),
  )
}

function usedPorts(api: Api, except: KubeObject): Set<number> {
  const out = new Set<number>()
  for (const { object } of api.store.collection(services).items()) {
    if (object.metadata.uid === except.metadata.uid) continue
    for (const port of items(child(object, 'spec'), 'ports')) out.add(number(port.nodePort))
  }
  return out
}

function freeAddress(api: Api): string {
  const used = usedAddresses(api)
  for (;;) {
    // The first addresses stay free for the ones that are given by hand (kubernetes, kube-dns).
    const at = 256 + Math.floor(Math.random() * (65536 - 512))
    const address = `${network}${at >> 8}.${at & 255}`
    if (!used.has(address)) return address
  }
}

function allocate(object: KubeObject, api: Api): void {
  const spec = specOf(object)
  if (isExternalName(spec)) {
    delete spec.clusterIP
    delete spec.clusterIPs
  } else {
    if (spec.clusterIP === undefined || spec.clusterIP === '') {
      spec.clusterIP = strings(spec.clusterIPs)[0] ?? freeAddress(api)
    }
    spec.clusterIPs ??= [spec.clusterIP]
    // Without a selector a headless service may point anywhere, to both families.
    if (headless(spec)) fill(spec, { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' })
    fill(spec, { ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' })
  }
  if (!hasNodePorts(spec) || spec.allocateLoadBalancerNodePorts === false) return
  const used = usedPorts(api, object)
  for (const port of items(spec, 'ports')) {
    if (port.nodePort) continue
    let free = 30000 + Math.floor(Math.random() * 2768)
    while (used.has(free)) free = 30000 + ((free - 30000 + 1) % 2768)
    used.add(free)
    port.nodePort = free
  }
}

function addressCauses(spec: Json, api: Api): Cause[] {
  const out: Cause[] = []
  const [address = ''] = strings(spec.clusterIPs)
  const used = usedAddresses(api)
  if (address && address !== 'None') {
    if (!isIP(address)) {
      out.push(
        invalidValue('spec.clusterIPs[0]', address, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'),
      )
    } else if (!address.startsWith(network)) {
      out.push(
        invalidValue(
          'spec.clusterIPs',
          [address],
          `failed to allocate IP ${address}: the provided IP (${address}) is not in the valid range. The range of valid IPs is 10.96.0.0/16`,
        ),
      )
    } else if (used.has(address)) {
      out.push(
        invalidValue(
          'spec.clusterIPs',
          [address],
          `failed to allocate IP ${address}: provided IP is already allocated`,
        ),
      )
    }
  }
  return out
}

const headless = (spec: Json) => spec.clusterIP === 'None' && Object.keys(child(spec, 'selector') ?? {}).length === 0

function portClashes(spec: Json, object: KubeObject, api: Api): Cause[] {
  const used = usedPorts(api, object)
  return items(spec, 'ports').flatMap((port, i) => {
    const value = number(port.nodePort)
    if (!value) return []
    if (value < 30000 || value > 32767) {
      const why = 'provided port is not in the valid range. The range of valid ports is 30000-32767'
      return [invalidValue(`spec.ports[${i}].nodePort`, value, why)]
    }
    if (!used.has(value)) return []
    return [invalidValue(`spec.ports[${i}].nodePort`, value, 'provided port is already allocated')]
  })
}

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']

function portCauses(spec: Json): Cause[] {
  const ports = items(spec, 'ports')
  const out: Cause[] = []
  if (ports.length === 0 && !isExternalName(spec) && spec.clusterIP !== 'None') out.push(required('spec.ports'))
  const names = new Set<string>()
  const pairs = new Set<string>()
  ports.forEach((port, i) => {
    const path = `spec.ports[${i}]`
    const name = text(port.name)
    if (ports.length > 1 && !name) out.push(required(`${path}.name`))
    if (name && names.has(name)) out.push(duplicate(`${path}.name`, name))
    names.add(name)
    const value = number(port.port)
    if (value < 1 || value > 65535) {
      out.push(invalidValue(`${path}.port`, value, 'must be between 1 and 65535, inclusive'))
    }
    const pair = `${value}/${text(port.protocol)}`
    if (pairs.has(pair)) out.push(duplicate(path, { protocol: port.protocol, port: value }))
    pairs.add(pair)
    if (!['TCP', 'UDP', 'SCTP'].includes(text(port.protocol))) {
      out.push(unsupported(`${path}.protocol`, port.protocol, ['SCTP', 'TCP', 'UDP']))
    }
    const { targetPort } = port
    if (typeof targetPort === 'number' && (targetPort < 1 || targetPort > 65535)) {
      out.push(invalidValue(`${path}.targetPort`, targetPort, 'must be between 1 and 65535, inclusive'))
    }
  })
  return out
}

export const serviceStrategy: KindStrategy = {
  name: 'label1035',
  createOnUpdate: true,
  returnsDeleted: true,
  defaults(object) {
    const spec = specOf(object)
    fill(spec, { type: 'ClusterIP', sessionAffinity: 'None' })
    if (spec.sessionAffinity === 'ClientIP') {
      const config = ensured(spec, 'sessionAffinityConfig')
      fill(ensured(config, 'clientIP'), { timeoutSeconds: 10800 })
    }
    for (const port of items(spec, 'ports')) {
      fill(port, { protocol: 'TCP' })
      // Go writes a port that is not set as zero, or as the empty name.
      if (port.targetPort === 0 || port.targetPort === '') delete port.targetPort
      fill(port, { targetPort: port.port })
    }
    if (!isExternalName(spec)) fill(spec, { internalTrafficPolicy: 'Cluster' })
    if (hasNodePorts(spec) || strings(spec.externalIPs).length) fill(spec, { externalTrafficPolicy: 'Cluster' })
    if (spec.type === 'LoadBalancer') fill(spec, { allocateLoadBalancerNodePorts: true })
  },
  prepareCreate(object) {
    object.status = { loadBalancer: {} }
  },
  prepareUpdate(object, live) {
    const spec = specOf(object)
    const before = specOf(live)
    if (isExternalName(spec) && !isExternalName(before)) {
      // What only addresses have goes with the address.
      for (const key of ['ipFamilies', 'ipFamilyPolicy', 'internalTrafficPolicy', 'externalTrafficPolicy'])
        delete spec[key]
    }
    if (isExternalName(spec) || isExternalName(before)) return
    fill(spec, {
      clusterIP: before.clusterIP,
      ipFamilies: before.ipFamilies,
      ipFamilyPolicy: before.ipFamilyPolicy,
    })
    if (spec.clusterIP === before.clusterIP) fill(spec, { clusterIPs: before.clusterIPs })
    const portBefore = new Map(items(before, 'ports').map(p => [`${number(p.port)}/${text(p.protocol)}`, p]))
    if (!hasNodePorts(spec)) return
    for (const port of items(spec, 'ports')) {
      const old = portBefore.get(`${number(port.port)}/${text(port.protocol)}`)
      if (old?.nodePort !== undefined) fill(port, { nodePort: old.nodePort })
    }
  },
  admit(object, live, { api, subresource, operation }) {
    if (subresource) return
    if (operation === 'UPDATE' && live) {
      const spec = specOf(object)
      if (!hasNodePorts(spec) && hasNodePorts(specOf(live))) dropNodePorts(object)
    }
    allocateUnlessInvalid(object, api)
  },
  validate(object, live, { api, subresource, dryRun }) {
    if (subresource) return []
    const spec = specOf(object)
    const out: Cause[] = []
    if (!types.includes(text(spec.type))) out.push(unsupported('spec.type', spec.type, types))
    out.push(...portCauses(spec))
    if (isExternalName(spec) && !text(spec.externalName)) out.push(required('spec.externalName'))
    out.push(...outsideCauses(spec))
    if (!live) out.push(...addressCauses(spec, api), ...(dryRun ? [] : portClashes(spec, object, api)))
    else {
      const before = specOf(live)
      if (!isExternalName(spec) && !isExternalName(before) && !sameJson(spec.clusterIP, before.clusterIP)) {
        out.push(invalidValue('spec.clusterIPs[0]', strings(spec.clusterIPs), 'may not change once set'))
      }
      out.push(...portClashes(spec, object, api))
    }
    return out
  },
  fields: {
    'spec.clusterIP': o => text(child(o, 'spec')?.clusterIP),
    'spec.type': o => text(child(o, 'spec')?.type),
  },
  ownFieldLabels: true,
}

/** The selector, and how the service is reached from outside. */
function outsideCauses(spec: Json): Cause[] {
  const selector = Object.entries(child(spec, 'selector') ?? {}).map(([key, value]) => [key, String(value)])
  const out = labelCauses(Object.fromEntries(selector), 'spec.selector')
  strings(spec.externalIPs).forEach((address, i) => {
    const problem = addressProblem(address) ?? specialAddressProblem(address)
    if (problem) out.push(invalidValue(`spec.externalIPs[${i}]`, address, problem))
  })
  const ranges = strings(spec.loadBalancerSourceRanges)
  const only = "may only be used when `type` is 'LoadBalancer'"
  if (ranges.length && spec.type !== 'LoadBalancer') {
    out.push(forbiddenField('spec.LoadBalancerSourceRanges', only))
  } else {
    ranges.forEach((range, i) => {
      const problem = cidrProblem(range.trim())
      if (problem) out.push(invalidValue(`spec.LoadBalancerSourceRanges[${i}]`, range, problem))
    })
  }
  if (spec.loadBalancerClass !== undefined && spec.type !== 'LoadBalancer') {
    out.push(forbiddenField('spec.loadBalancerClass', only))
  }
  return out
}

function dropNodePorts(object: KubeObject): void {
  const spec = specOf(object)
  object.spec = { ...spec, ports: items(spec, 'ports').map(({ nodePort: _, ...port }) => port) }
}

/** Allocation happens before validation here, so what validation would refuse must not confuse it. */
function allocateUnlessInvalid(object: KubeObject, api: Api): void {
  const spec = object.spec
  if (!isJson(spec)) return
  const needed =
    (!isExternalName(spec) && (!spec.clusterIP || !spec.clusterIPs || !spec.ipFamilies)) ||
    (isExternalName(spec) && spec.clusterIP !== undefined) ||
    (hasNodePorts(spec) && items(spec, 'ports').some(p => !p.nodePort))
  if (!needed) return
  // The ports may be shared with the stored object: the allocation goes into copies.
  object.spec = { ...spec, ports: items(spec, 'ports').map(port => ({ ...port })) }
  if (!items(spec, 'ports').length) delete specOf(object).ports
  allocate(object, api)
}
