/** The LimitRanger admission plugin: defaults for containers, and the bounds of containers, pods and claims. */
import type { KubeObject } from '@sluice/api'
import { forbidden } from '../api-error.ts'
import { canonicalQuantity, parseQuantity } from '../go-types/quantity.ts'
import { child, ensured, isJson, items, type Json, text } from '../kinds/record.ts'
import type { Api } from '../requests/api.ts'

const nanosOf = (value: unknown): bigint => parseQuantity(String(value))?.nanos ?? 0n
const shown = (value: unknown): string => canonicalQuantity(String(value)) ?? String(value)

const limitsOf = (range: KubeObject): Json[] => items(child(range, 'spec'), 'limits')

const rangesIn = (api: Api, namespace: string): KubeObject[] =>
  api.store
    .collection('/limitranges')
    .items(namespace)
    .map(s => s.object)

/** Fills in what the namespace's ranges default, and says so in an annotation. */
export function defaultLimits(api: Api, pod: KubeObject): void {
  const notes: string[] = []
  const spec = isJson(pod.spec) ? pod.spec : {}
  for (const range of rangesIn(api, pod.metadata.namespace ?? '')) {
    const limit = limitsOf(range).find(l => l.type === 'Container')
    if (!limit) continue
    for (const [list, label] of [
      ['containers', 'container'],
      ['initContainers', 'init container'],
    ] as const) {
      for (const container of items(spec, list)) notes.push(...fillContainer(container, limit, label))
    }
  }
  if (!notes.length) return
  pod.metadata.annotations = {
    ...pod.metadata.annotations,
    'kubernetes.io/limit-ranger': `LimitRanger plugin set: ${notes.join('; ')}`,
  }
}

function fillContainer(container: Json, limit: Json, label: string): string[] {
  const notes: string[] = []
  const resources = ensured(container, 'resources')
  for (const [part, source, word] of [
    ['requests', 'defaultRequest', 'request'],
    ['limits', 'default', 'limit'],
  ] as const) {
    const defaults = child(limit, source) ?? {}
    const present = child(resources, part) ?? {}
    const missing = Object.keys(defaults)
      .filter(name => present[name] === undefined)
      .sort()
    if (!missing.length) continue
    resources[part] = { ...Object.fromEntries(missing.map(name => [name, defaults[name]])), ...present }
    notes.push(`${missing.join(', ')} ${word} for ${label} ${text(container.name)}`)
  }
  return notes
}

interface Amounts {
  requests: Json
  limits: Json
}

/** What goes beyond one limit, as sentences. */
function excesses(limit: Json, kind: string, { requests, limits }: Amounts): string[] {
  const out: string[] = []
  const both = (name: string) => ({ request: requests[name], limit: limits[name] })
  for (const [name, bound] of Object.entries(child(limit, 'min') ?? {})) {
    const { request, limit: top } = both(name)
    if (request === undefined)
      out.push(`minimum ${name} usage per ${kind} is ${shown(bound)}.  No request is specified`)
    else if (nanosOf(request) < nanosOf(bound)) {
      out.push(`minimum ${name} usage per ${kind} is ${shown(bound)}, but request is ${shown(request)}`)
    } else if (top !== undefined && nanosOf(top) < nanosOf(bound)) {
      out.push(`minimum ${name} usage per ${kind} is ${shown(bound)}, but limit is ${shown(top)}`)
    }
  }
  for (const [name, bound] of Object.entries(child(limit, 'max') ?? {})) {
    const { request, limit: top } = both(name)
    if (kind === 'PersistentVolumeClaim') {
      if (request !== undefined && nanosOf(request) > nanosOf(bound)) {
        out.push(`maximum ${name} usage per ${kind} is ${shown(bound)}, but request is ${shown(request)}`)
      }
    } else if (top === undefined)
      out.push(`maximum ${name} usage per ${kind} is ${shown(bound)}.  No limit is specified`)
    else if (nanosOf(top) > nanosOf(bound)) {
      out.push(`maximum ${name} usage per ${kind} is ${shown(bound)}, but limit is ${shown(top)}`)
    } else if (request !== undefined && nanosOf(request) > nanosOf(bound)) {
      out.push(`maximum ${name} usage per ${kind} is ${shown(bound)}, but request is ${shown(request)}`)
    }
  }
  for (const [name, bound] of Object.entries(child(limit, 'maxLimitRequestRatio') ?? {})) {
    const { request, limit: top } = both(name)
    if (request === undefined || top === undefined || nanosOf(request) === 0n) {
      out.push(
        `${name} max limit to request ratio per ${kind} is ${shown(bound)}, but no request is specified or request is 0`,
      )
      continue
    }
    const ratio = Number(nanosOf(top)) / Number(nanosOf(request))
    if (ratio > Number(nanosOf(bound)) / 1e9) {
      out.push(
        `${name} max limit to request ratio per ${kind} is ${shown(bound)}, but provided ratio is ${ratio.toFixed(6)}`,
      )
    }
  }
  return out
}

const amountsOf = (container: Json): Amounts => ({
  requests: child(child(container, 'resources'), 'requests') ?? {},
  limits: child(child(container, 'resources'), 'limits') ?? {},
})

/** A resource that one container does not have is not bounded for the pod as a whole. */
function sum(containers: readonly Json[], part: keyof Amounts): Json {
  const names = new Set(containers.flatMap(c => Object.keys(amountsOf(c)[part])))
  const out: Json = {}
  for (const name of names) {
    const values = containers.map(c => amountsOf(c)[part][name])
    if (part === 'limits' && values.some(v => v === undefined)) continue
    const nanos = values.reduce<bigint>((total, v) => total + (v === undefined ? 0n : nanosOf(v)), 0n)
    const binary = values.some(v => /[KMGTPE]i$/.test(String(v)))
    const whole = nanos % 1_000_000_000n === 0n ? `${nanos / 1_000_000_000n}` : `${nanos}n`
    out[name] = binary && !whole.endsWith('n') ? binaryText(BigInt(whole)) : shown(whole)
  }
  return out
}

function binaryText(value: bigint): string {
  return value % 1024n === 0n ? shown(`${value / 1024n}Ki`) : `${value}`
}

/** Throws 403. */
export function checkLimits(api: Api, object: KubeObject): void {
  const isClaim = object.kind === 'PersistentVolumeClaim'
  const spec = isJson(object.spec) ? object.spec : {}
  const out: string[] = []
  for (const range of rangesIn(api, object.metadata.namespace ?? '')) {
    for (const limit of limitsOf(range)) {
      if (isClaim) {
        if (limit.type === 'PersistentVolumeClaim') out.push(...excesses(limit, limit.type, amountsOf(spec)))
        continue
      }
      const containers = items(spec, 'containers')
      if (limit.type === 'Container') {
        for (const container of [...containers, ...items(spec, 'initContainers')]) {
          out.push(...excesses(limit, limit.type, amountsOf(container)))
        }
      } else if (limit.type === 'Pod') {
        out.push(
          ...excesses(limit, limit.type, { requests: sum(containers, 'requests'), limits: sum(containers, 'limits') }),
        )
      }
    }
  }
  if (!out.length) return
  const resource = isClaim ? 'persistentvolumeclaims' : 'pods'
  throw forbidden(
    { group: '', resource },
    object.metadata.name,
    out.length === 1 ? (out[0] ?? '') : `[${out.join(', ')}]`,
  )
}
