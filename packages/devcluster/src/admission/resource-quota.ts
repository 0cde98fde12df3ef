/** ResourceQuota: what a namespace uses of what its quotas name, and the refusal of what would go beyond. */
import type { KubeObject } from '@sluice/api'
import { forbidden } from '../api-error.ts'
import { canonicalQuantity, parseQuantity } from '../go-types/quantity.ts'
import { qosClass } from '../kinds/pods.ts'
import { child, isJson, items, type Json, strings, text } from '../kinds/record.ts'
import type { Api } from '../requests/api.ts'
import type { ResourceType } from '../resources/resource-type.ts'

const one = 1_000_000_000n
const nanosOf = (value: unknown): bigint => (value === undefined ? 0n : (parseQuantity(String(value))?.nanos ?? 0n))

/** Billionths in the spelling of `like`. */
function spelled(nanos: bigint, like: unknown): string {
  if (nanos % one !== 0n) return canonicalQuantity(`${nanos}n`) ?? '0'
  const whole = nanos / one
  const isBinary = /i$/.test(String(like))
  return (
    (isBinary && whole % 1024n === 0n ? canonicalQuantity(`${whole / 1024n}Ki`) : canonicalQuantity(`${whole}`)) ?? '0'
  )
}

const specOf = (object: KubeObject): Json => (isJson(object.spec) ? object.spec : {})

const isOver = (pod: KubeObject) => ['Succeeded', 'Failed'].includes(text(child(pod, 'status')?.phase))

/** Whether a pod falls under the quota's scopes. */
function inScope(quota: KubeObject, pod: KubeObject): boolean {
  const spec = specOf(pod)
  const isBestEffort = qosClass(spec) === 'BestEffort'
  const isTerminating = spec.activeDeadlineSeconds !== undefined
  const holds = (scope: string): boolean => {
    switch (scope) {
      case 'BestEffort':
        return isBestEffort
      case 'NotBestEffort':
        return !isBestEffort
      case 'Terminating':
        return isTerminating
      case 'NotTerminating':
        return !isTerminating
      default:
        return true
    }
  }
  const selected = items(child(specOf(quota), 'scopeSelector'), 'matchExpressions').every(expression => {
    if (expression.scopeName !== 'PriorityClass') return holds(text(expression.scopeName))
    const name = text(spec.priorityClassName)
    const values = strings(expression.values)
    if (expression.operator === 'In') return values.includes(name)
    if (expression.operator === 'NotIn') return !values.includes(name)
    return (expression.operator === 'Exists') === (name !== '')
  })
  return selected && strings(specOf(quota).scopes).every(holds)
}

function podAmount(pod: KubeObject, part: 'requests' | 'limits', name: string): bigint {
  const amount = (container: Json) => nanosOf(child(child(container, 'resources'), part)?.[name])
  const sum = items(specOf(pod), 'containers').reduce((total, c) => total + amount(c), 0n)
  const init = items(specOf(pod), 'initContainers').reduce((top, c) => (amount(c) > top ? amount(c) : top), 0n)
  return sum > init ? sum : init
}

/** How much of `name` one object takes. */
function amountOf(name: string, collection: string, object: KubeObject): bigint {
  const [group, resource = ''] = collection.split('/')
  if (name === `count/${group ? `${resource}.${group}` : resource}`) return one
  switch (collection) {
    case '/pods': {
      if (isOver(object)) return 0n
      if (name === 'pods') return one
      const [part, what] = name.includes('.')
        ? [name.slice(0, name.indexOf('.')), name.slice(name.indexOf('.') + 1)]
        : ['requests', name]
      return part === 'requests' || part === 'limits' ? podAmount(object, part, what) : 0n
    }
    case '/services': {
      const { type } = specOf(object)
      if (name === 'services') return one
      if (name === 'services.loadbalancers') return type === 'LoadBalancer' ? one : 0n
      if (name !== 'services.nodeports' || (type !== 'NodePort' && type !== 'LoadBalancer')) return 0n
      const hasPorts = type === 'NodePort' || specOf(object).allocateLoadBalancerNodePorts !== false
      return hasPorts ? one * BigInt(items(specOf(object), 'ports').length) : 0n
    }
    case '/persistentvolumeclaims': {
      const storage = child(child(specOf(object), 'resources'), 'requests')?.storage
      if (name === 'persistentvolumeclaims') return one
      if (name === 'requests.storage') return nanosOf(storage)
      const ofClass = `${text(specOf(object).storageClassName)}.storageclass.storage.k8s.io/`
      if (name === `${ofClass}requests.storage`) return nanosOf(storage)
      return name === `${ofClass}persistentvolumeclaims` ? one : 0n
    }
    default:
      return group === '' && resource === name ? one : 0n
  }
}

const counted = [
  '/configmaps',
  '/persistentvolumeclaims',
  '/pods',
  '/replicationcontrollers',
  '/resourcequotas',
  '/secrets',
  '/services',
]

/** The collections that a name of a quota counts objects of. */
function collectionsOf(name: string): string[] {
  if (!name.startsWith('count/')) return counted
  const rest = name.slice('count/'.length)
  const dot = rest.indexOf('.')
  return [dot < 0 ? `/${rest}` : `${rest.slice(dot + 1)}/${rest.slice(0, dot)}`]
}

function usedOf(api: Api, quota: KubeObject, name: string): bigint {
  let total = 0n
  for (const collection of collectionsOf(name)) {
    for (const { object } of api.store.collection(collection).items(quota.metadata.namespace)) {
      if (collection === '/pods' && !inScope(quota, object)) continue
      total += amountOf(name, collection, object)
    }
  }
  return total
}

/** `status` of a quota as the controller writes it. */
export function quotaStatus(api: Api, quota: KubeObject): Json {
  const hard = child(specOf(quota), 'hard') ?? {}
  const used = Object.entries(hard).map(([name, limit]) => [name, spelled(usedOf(api, quota, name), limit)])
  return { hard, used: Object.fromEntries(used) }
}

/** Throws 403 when the new object would take more than a quota of its namespace leaves. */
export function checkQuota(api: Api, type: ResourceType, object: KubeObject): void {
  const { namespace } = object.metadata
  if (!namespace || type.virtual) return
  for (const { object: quota } of api.store.collection('/resourcequotas').items(namespace)) {
    if (type.collection === '/pods' && !inScope(quota, object)) continue
    const over = Object.entries(child(specOf(quota), 'hard') ?? {})
      .map(([name, limit]) => {
        const asked = amountOf(name, type.collection, object)
        return { name, limit, asked, used: asked > 0n ? usedOf(api, quota, name) : 0n }
      })
      .filter(({ limit, asked, used }) => asked > 0n && used + asked > nanosOf(limit))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
    if (!over.length) continue
    const list = (value: (o: (typeof over)[number]) => string) => over.map(o => `${o.name}=${value(o)}`).join(',')
    throw forbidden(
      type,
      object.metadata.name,
      `exceeded quota: ${quota.metadata.name}, requested: ${list(o => spelled(o.asked, o.limit))}, used: ${list(o => spelled(o.used, o.limit))}, limited: ${list(o => canonicalQuantity(String(o.limit)) ?? '')}`,
    )
  }
}
