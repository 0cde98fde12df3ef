/** Namespaces, ConfigMaps, Secrets, ServiceAccounts, Events, Nodes, volumes: what is special about each. */
import type { KubeObject } from '@sluice/api'
import { checkLimits } from '../admission/limit-ranger.ts'
import { type Cause, forbidden, invalid } from '../api-error.ts'
import { syntaxProblem } from '../go-types/json-scan.ts'
import { parseQuantity } from '../go-types/quantity.ts'
import {
  forbiddenField,
  invalidValue,
  qualifiedNameProblems,
  required,
  tooLong,
} from '../requests/metadata-validation.ts'
import { sameJson } from '../requests/request.ts'
import { child, ensured, fill, isJson, items, type Json, number, strings, text } from './record.ts'
import type { KindStrategy } from './strategy.ts'
import { claimCauses, volumeCauses } from './volume-validation.ts'
import { specOf } from './workload-kinds.ts'

const nameLabel = 'kubernetes.io/metadata.name'
const undeletable = new Set(['default', 'kube-system', 'kube-public'])

const labelOwnName = (object: KubeObject) => {
  object.metadata.labels = { ...object.metadata.labels, [nameLabel]: object.metadata.name }
}

export const namespaces: KindStrategy = {
  withoutGracePeriod: true,
  name: 'label',
  defaults: object => {
    if (object.metadata.name) labelOwnName(object)
  },
  prepareCreate(object) {
    labelOwnName(object)
    object.spec = { finalizers: ['kubernetes'] }
    object.status = { phase: 'Active' }
  },
  prepareUpdate(object, live) {
    labelOwnName(object)
    object.spec = live.spec
  },
  admitDelete(live) {
    if (undeletable.has(live.metadata.name)) {
      throw forbidden({ group: '', resource: 'namespaces' }, live.metadata.name, 'this namespace may not be deleted')
    }
  },
  beginDelete(object) {
    object.status = { ...child(object, 'status'), phase: 'Terminating' }
    return strings(child(object, 'spec')?.finalizers).length > 0
  },
  held: object => strings(child(object, 'spec')?.finalizers).length > 0,
  fields: { 'status.phase': o => text(child(o, 'status')?.phase), name: o => o.metadata.name },
  ownFieldLabels: true,
}

const dataKey = /^[-._a-zA-Z0-9]+$/
const maxData = 1048576

function dataCauses(object: KubeObject, fields: readonly string[]): Cause[] {
  const out: Cause[] = []
  let size = 0
  for (const field of fields) {
    for (const [key, value] of Object.entries(child(object, field) ?? {})) {
      const where = `${field}[${key}]`
      if (!dataKey.test(key)) {
        out.push(
          invalidValue(
            where,
            key,
            "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
          ),
        )
      } else if (key.length > 253) {
        out.push(invalidValue(where, key, 'must be no more than 253 characters'))
      } else if (key === '.' || key === '..') {
        out.push(invalidValue(where, key, `must not be '${key}'`))
      }
      size += typeof value === 'string' ? value.length : 0
    }
  }
  if (size > maxData) out.push(tooLong(fields.length > 1 ? '[]' : 'data', maxData))
  return out
}

function immutableCauses(object: KubeObject, live: KubeObject, fields: readonly string[]): Cause[] {
  if (live.immutable !== true) return []
  const text = 'field is immutable when `immutable` is set'
  const out: Cause[] = []
  if (object.immutable !== true) out.push(forbiddenField('immutable', text))
  for (const field of fields) {
    if (!sameJson(object[field] ?? {}, live[field] ?? {})) out.push(forbiddenField(field, text))
  }
  return out
}

export const configMaps: KindStrategy = {
  revalidatesMetadata: true,
  validate(object, live) {
    const binary = child(object, 'binaryData') ?? {}
    const out = dataCauses(object, ['data', 'binaryData'])
    for (const key of Object.keys(child(object, 'data') ?? {})) {
      if (binary[key] !== undefined)
        out.push(invalidValue(`data[${key}]`, key, 'duplicate of key present in binaryData'))
    }
    if (live) out.push(...immutableCauses(object, live, ['data', 'binaryData']))
    return out
  },
}

const requiredKeys: Readonly<Record<string, string[]>> = {
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
}

function secretTypeCauses(object: KubeObject): Cause[] {
  const type = text(object.type)
  const data = child(object, 'data') ?? {}
  const missing = (requiredKeys[type] ?? []).filter(key => data[key] === undefined)
  if (type === 'kubernetes.io/service-account-token') {
    const account = object.metadata.annotations?.['kubernetes.io/service-account.name']
    if (!account) return [required('metadata.annotations[kubernetes.io/service-account.name]')]
  }
  if (type === 'kubernetes.io/basic-auth' && data.username === undefined && data.password === undefined) {
    return [required('data[username]'), required('data[password]')]
  }
  const out = missing.map(key => required(`data[${key}]`))
  if (type.startsWith('kubernetes.io/dockerc') && !missing.length) {
    const key = requiredKeys[type]?.[0] ?? ''
    try {
      JSON.parse(Buffer.from(text(data[key]), 'base64').toString())
    } catch {
      const why = syntaxProblem(Buffer.from(text(data[key]), 'base64').toString())
      out.push(invalidValue(`data[${key}]`, '<secret contents redacted>', why))
    }
  }
  return out
}

export const secrets: KindStrategy = {
  revalidatesMetadata: true,
  defaults(object) {
    const plain = child(object, 'stringData')
    if (plain) {
      const encoded = Object.entries(plain).map(([k, v]) => [k, Buffer.from(String(v)).toString('base64')])
      object.data = { ...child(object, 'data'), ...Object.fromEntries(encoded) }
    }
    delete object.stringData
    fill(object, { type: 'Opaque' })
  },
  admit(object, _live, { warnings }) {
    if (object.type !== 'kubernetes.io/tls') return
    const certificate = Buffer.from(text(child(object, 'data')?.['tls.crt']), 'base64').toString()
    if (certificate && child(object, 'data')?.['tls.key'] !== undefined && !certificate.includes('-----BEGIN')) {
      warnings.push('tls: failed to find any PEM data in certificate input')
    }
  },
  validate(object, live) {
    const out = [...dataCauses(object, ['data']), ...secretTypeCauses(object)]
    if (live) {
      if (object.type !== live.type) out.push(invalidValue('type', object.type, 'field is immutable'))
      out.push(...immutableCauses(object, live, ['data']))
    }
    return out
  },
  fields: { type: o => text(o.type) },
  ownFieldLabels: true,
}

export const serviceAccounts: KindStrategy = { returnsDeleted: true }

const eventFields = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath']

/** What the newer form of events has to say; the older one may leave nearly everything out. */
function eventCauses(object: KubeObject): Cause[] {
  const out: Cause[] = []
  const wrong = (field: string, why: string) => out.push(invalidValue(field, '', why))
  if (!object.eventTime) out.push(required('eventTime'))
  const controller = text(object.reportingController)
  if (!controller) out.push(required('reportingController'))
  for (const problem of qualifiedNameProblems(controller)) {
    out.push(invalidValue('reportingController', controller, problem))
  }
  for (const [field, limit] of Object.entries({ reportingInstance: 128, action: 128, reason: 128 })) {
    const value = text(object[field])
    if (!value) out.push(required(field))
    else if (value.length > limit) wrong(field, `can have at most ${limit} characters`)
  }
  if (text(object.note).length > 1024) wrong('message', 'can have at most 1024 characters')
  const type = text(object.type)
  if (type !== 'Normal' && type !== 'Warning') wrong('type', `has invalid value: ${type}`)
  const series = child(object, 'series')
  if (series && number(series.count) < 2) wrong('series.count', 'should be at least 2')
  return out
}

export const events: KindStrategy = {
  createOnUpdate: true,
  fields: {
    ...Object.fromEntries(
      eventFields.flatMap(f => [
        [`involvedObject.${f}`, (o: KubeObject) => text(child(o, 'involvedObject')?.[f])],
        [`regarding.${f}`, (o: KubeObject) => text(child(o, 'involvedObject')?.[f])],
      ]),
    ),
    reason: o => text(o.reason),
    reportingComponent: o => text(o.reportingComponent),
    reportingController: o => text(o.reportingComponent),
    source: o => text(child(o, 'source')?.component) || text(o.reportingComponent),
    type: o => text(o.type),
  },
  ownFieldLabels: true,
  validate(object, live) {
    if (live) return []
    if (object.apiVersion === 'events.k8s.io/v1') {
      const causes = eventCauses(object)
      if (causes.length) throw invalid({ group: '', kind: 'Event' }, object.metadata.name, causes)
      return []
    }
    const about = child(object, 'involvedObject') ?? child(object, 'regarding')
    const namespace = text(about?.namespace)
    const expected = namespace || 'default'
    if (object.metadata.namespace === expected || (!namespace && object.metadata.namespace === '')) return []
    return [invalidValue('involvedObject.namespace', namespace, 'does not match event.namespace')]
  },
}

export const nodes: KindStrategy = {
  fields: { 'spec.unschedulable': o => String(child(o, 'spec')?.unschedulable === true) },
  ownFieldLabels: true,
  prepareCreate(object) {
    ensured(object, 'spec')
    object.status ??= { daemonEndpoints: { kubeletEndpoint: { Port: 0 } }, nodeInfo: emptyNodeInfo }
  },
  statusMetadata: true,
  keepsStatus: true,
}

const emptyNodeInfo = Object.fromEntries(
  [
    'machineID',
    'systemUUID',
    'bootID',
    'kernelVersion',
    'osImage',
    'containerRuntimeVersion',
    'kubeletVersion',
    'kubeProxyVersion',
    'operatingSystem',
    'architecture',
  ].map(f => [f, '']),
)

const defaultClass = 'storageclass.kubernetes.io/is-default-class'

const isClaim = (source: Json) => source.kind === 'PersistentVolumeClaim' && !source.apiGroup
const isSnapshot = (source: Json) => source.kind === 'VolumeSnapshot' && source.apiGroup === 'snapshot.storage.k8s.io'

/** What a claim is filled from stands in two fields; other kinds than these two only in the newer one. */
function settleSource(spec: Json): void {
  const source = child(spec, 'dataSource')
  if (source && !isClaim(source) && !isSnapshot(source)) delete spec.dataSource
  const kept = child(spec, 'dataSource')
  const newer = child(spec, 'dataSourceRef')
  if (kept && !newer) spec.dataSourceRef = { ...kept }
  else if (newer && !kept && !newer.namespace && (isClaim(newer) || isSnapshot(newer))) spec.dataSource = { ...newer }
}

export const persistentVolumeClaims: KindStrategy = {
  returnsDeleted: true,
  defaults: object => fill(specOf(object), { volumeMode: 'Filesystem' }),
  prepareCreate(object) {
    object.status = { phase: 'Pending' }
    ensured(specOf(object), 'resources')
    settleSource(specOf(object))
    object.metadata.finalizers = [...new Set([...(object.metadata.finalizers ?? []), 'kubernetes.io/pvc-protection'])]
  },
  admit(object, live, { api }) {
    if (live) return
    checkLimits(api, object)
    const spec = specOf(object)
    if (spec.storageClassName !== undefined) return
    const [first] = api.store
      .collection('storage.k8s.io/storageclasses')
      .items('')
      .filter(s => s.object.metadata.annotations?.[defaultClass] === 'true')
    if (first) spec.storageClassName = first.object.metadata.name
  },
  validate(object, live) {
    const spec = specOf(object)
    const out = claimCauses(spec)
    if (live) {
      const fixed = (o: KubeObject): Json => {
        const { resources, volumeAttributesClassName: _, volumeName, ...rest } = specOf(o)
        return { ...rest, limits: isJson(resources) ? resources.limits : undefined, volumeName }
      }
      const before = fixed(live)
      const after = fixed(object)
      if (before.volumeName === undefined) delete after.volumeName
      if (!sameJson(after, before)) {
        out.push(
          forbiddenField(
            'spec',
            'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
          ),
        )
      }
    }
    return out
  },
}

export const persistentVolumes: KindStrategy = {
  returnsDeleted: true,
  defaults(object) {
    const spec = specOf(object)
    fill(spec, { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' })
    const host = child(spec, 'hostPath')
    if (host) fill(host, { type: '' })
  },
  validate: object => volumeCauses(specOf(object)),
  prepareCreate(object, { api }) {
    object.status = { phase: 'Pending', lastPhaseTransitionTime: api.now() }
    object.metadata.finalizers = [...new Set([...(object.metadata.finalizers ?? []), 'kubernetes.io/pv-protection'])]
  },
}

export const endpoints: KindStrategy = {
  createOnUpdate: true,
  defaults(object) {
    for (const subset of items(object, 'subsets'))
      for (const port of items(subset, 'ports')) fill(port, { protocol: 'TCP' })
  },
  validate(object) {
    return items(object, 'subsets').flatMap((subset, i) =>
      items(subset, 'addresses').length + items(subset, 'notReadyAddresses').length === 0
        ? [required(`subsets[${i}]`, 'must specify `addresses` or `notReadyAddresses`')]
        : [],
    )
  },
}

const quotaNames =
  /^(?:requests\.|limits\.)?(?:cpu|memory|storage|ephemeral-storage)$|^(?:pods|services|services\.nodeports|services\.loadbalancers|configmaps|secrets|persistentvolumeclaims|replicationcontrollers|resourcequotas)$|^(?:requests|limits)\.hugepages-/
const countedNames =
  /^(?:pods|services.*|configmaps|secrets|persistentvolumeclaims|replicationcontrollers|resourcequotas|count\/.*)$/
const scopes = [
  'Terminating',
  'NotTerminating',
  'BestEffort',
  'NotBestEffort',
  'PriorityClass',
  'CrossNamespacePodAffinity',
]

function quotaCauses(spec: Json): Cause[] {
  const out: Cause[] = []
  const hard = Object.entries(child(spec, 'hard') ?? {})
  for (const [name, value] of hard) {
    const path = `spec.hard[${name}]`
    const problems = qualifiedNameProblems(name)
    out.push(...problems.map(p => invalidValue(path, name, p)))
    if (!name.includes('/') && !quotaNames.test(name)) {
      out.push(invalidValue(path, name, 'must be a standard resource for quota'))
    }
    const nanos = parseQuantity(String(value))?.nanos ?? 0n
    if (nanos < 0n) out.push(invalidValue(path, value, 'must be greater than or equal to 0'))
    else if (countedNames.test(name) && nanos % 1_000_000_000n !== 0n) {
      out.push(invalidValue(path, value, 'must be an integer'))
    }
  }
  const given = strings(spec.scopes)
  if (given.some(scope => !scopes.includes(scope))) out.push(invalidValue('spec.scopes', given, 'unsupported scope'))
  else if (given.length && hard.some(([name]) => !scopeCovers(given, name))) {
    out.push(invalidValue('spec.scopes', given, 'unsupported scope applied to resource'))
  }
  const both = (a: string, b: string) => given.includes(a) && given.includes(b)
  if (both('BestEffort', 'NotBestEffort') || both('Terminating', 'NotTerminating')) {
    out.push(invalidValue('spec.scopes', given, 'conflicting scopes'))
  }
  items(child(spec, 'scopeSelector'), 'matchExpressions').forEach(expression => {
    const needsValues = expression.operator === 'In' || expression.operator === 'NotIn'
    if (needsValues && strings(expression.values).length === 0) {
      out.push(
        required(
          'spec.scopeSelector.matchExpressions.values',
          "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
        ),
      )
    }
  })
  return out
}

/** Pods that ask for nothing can only be counted. */
function scopeCovers(given: readonly string[], name: string): boolean {
  if (name === 'pods') return true
  return !given.includes('BestEffort') && /^(?:(?:requests|limits)\.)?(?:cpu|memory|ephemeral-storage)$/.test(name)
}

export const resourceQuotas: KindStrategy = {
  validate: object => quotaCauses(specOf(object)),
  prepareCreate(object) {
    object.status = {}
    ensured(object, 'spec')
  },
}
