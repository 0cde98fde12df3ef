/** Pod security by the labels of namespaces: pods are refused or warned of, what makes pods is warned of. */
import type { KubeObject } from '@sluice/api'
import { type Cause, forbidden, invalid } from '../api-error.ts'
import { child, items, type Json } from '../kinds/record.ts'
import type { Api } from '../requests/api.ts'
import { invalidValue } from '../requests/metadata-validation.ts'
import type { AdmissionRequest } from './admission-request.ts'
import { type Finding, type Level, podSecurityFindings } from './pod-security-checks.ts'

const prefix = 'pod-security.kubernetes.io/'
const levels = ['privileged', 'baseline', 'restricted'] as const
type Labels = Readonly<Record<string, string>> | undefined

interface Standard {
  level: Level
  version: string
}

interface Policy {
  enforce: Standard
  warn: Standard
  problems: Cause[]
}

const shown = ({ level, version }: Standard) => `${level}:${version}`
const rank = ({ level }: Standard) => levels.indexOf(level)

/** A level that cannot be read counts as the strictest where it is enforced. */
function policyOf(labels: Labels): Policy {
  const problems: Cause[] = []
  const read = (mode: string, fallback: Level): Standard => {
    const wanted = labels?.[prefix + mode]
    const level = levels.find(l => l === wanted)
    if (wanted !== undefined && !level) {
      problems.push(invalidValue(`metadata.labels[${prefix}${mode}]`, wanted, `must be one of ${levels.join(', ')}`))
    }
    const version = labels?.[`${prefix}${mode}-version`] ?? 'latest'
    const valid = version === 'latest' || /^v1\.(?:\d|[1-9]\d+)$/.test(version)
    if (!valid) {
      problems.push(invalidValue(`metadata.labels[${prefix}${mode}-version]`, version, 'must be "latest" or "v1.x"'))
    }
    return { level: level ?? (wanted === undefined ? 'privileged' : fallback), version: valid ? version : 'latest' }
  }
  const enforce = read('enforce', 'restricted')
  const enforceIsRead = problems.length === 0
  read('audit', 'privileged')
  let warn = read('warn', 'privileged')
  if (labels?.[`${prefix}warn`] === undefined && enforceIsRead && rank(enforce) > rank(warn)) {
    const version = labels?.[`${prefix}warn-version`] === undefined ? enforce.version : warn.version
    warn = { level: enforce.level, version }
  }
  return { enforce, warn, problems }
}

function findings(standard: Standard, metadata: Json | undefined, spec: Json): Finding[] {
  const minor = standard.version === 'latest' ? Number.POSITIVE_INFINITY : Number(standard.version.slice('v1.'.length))
  return podSecurityFindings(standard.level, minor, metadata, spec)
}

const detailed = (found: readonly Finding[]) => found.map(f => `${f.reason} (${f.detail})`).join(', ')

/** Warns of the pods that a stricter level would no longer let in. */
function warnOfPods(api: Api, namespace: string, enforce: Standard, warnings: string[]): void {
  const names = new Map<string, string[]>()
  for (const { object } of api.store.collection('/pods').items(namespace)) {
    const found = findings(enforce, object.metadata as unknown as Json, child(object, 'spec') ?? {})
    if (found.length === 0) continue
    const reasons = found.map(f => f.reason).join(', ')
    names.set(reasons, [...(names.get(reasons) ?? []), object.metadata.name])
  }
  if (names.size === 0) return
  warnings.push(
    `existing pods in namespace ${JSON.stringify(namespace)} violate the new PodSecurity enforce level ${JSON.stringify(shown(enforce))}`,
  )
  const lines = [...names].map(([reasons, pods]) => {
    const others = pods.length - 1
    const also = others === 0 ? '' : others === 1 ? ' (and 1 other pod)' : ` (and ${others} other pods)`
    return `${pods.sort()[0] ?? ''}${also}: ${reasons}`
  })
  warnings.push(...lines.sort())
}

function checkNamespace(api: Api, { object, oldObject, name, warnings }: AdmissionRequest): void {
  const next = policyOf(object?.metadata.labels)
  const { enforce, problems } = next
  const last = oldObject && policyOf(oldObject.metadata.labels)
  const known = new Set(last?.problems.map(p => p.message))
  if (problems.some(p => !known.has(p.message))) throw invalid({ group: '', kind: 'Namespace' }, name, problems)
  if (!last || enforce.level === 'privileged' || shown(enforce) === shown(last.enforce)) return
  if (enforce.version === last.enforce.version && rank(enforce) <= rank(last.enforce)) return
  warnOfPods(api, name, enforce, warnings)
}

/** Where the kinds that make pods keep the template. */
function templateOf({ type }: AdmissionRequest['served'], object: KubeObject): Json | undefined {
  const spec = child(object, 'spec')
  switch (type.collection) {
    case '/podtemplates':
      return child(object, 'template')
    case 'batch/cronjobs':
      return child(child(child(spec, 'jobTemplate'), 'spec'), 'template')
    case '/replicationcontrollers':
    case 'apps/daemonsets':
    case 'apps/deployments':
    case 'apps/replicasets':
    case 'apps/statefulsets':
    case 'batch/jobs':
      return child(spec, 'template')
    default:
      return undefined
  }
}

const imagesOf = (object: KubeObject | undefined) =>
  JSON.stringify(
    ['initContainers', 'containers', 'ephemeralContainers'].map(list =>
      items(child(object, 'spec'), list).map(c => c.image),
    ),
  )

/** Throws when the namespace does not let the pod in. */
export function checkPodSecurity(api: Api, request: AdmissionRequest): void {
  const { served, subresource, object, oldObject, warnings } = request
  if (!object || (subresource && subresource !== 'ephemeralcontainers')) return
  const { collection } = served.type
  if (collection === '/namespaces') {
    checkNamespace(api, request)
    return
  }
  const isPod = collection === '/pods'
  const template = isPod ? (object as unknown as Json) : templateOf(served, object)
  const spec = child(template, 'spec')
  if (!spec) return
  const labels: Labels = api.find('/namespaces', '', request.namespace)?.metadata.labels
  if (!labels || !Object.keys(labels).some(key => key.startsWith(prefix))) return
  const { enforce, warn } = policyOf(labels)
  const metadata = child(template, 'metadata')
  if (isPod) {
    if (oldObject && imagesOf(object) === imagesOf(oldObject)) return
    const found = findings(enforce, metadata, spec)
    if (found.length) {
      const why = `violates PodSecurity ${JSON.stringify(shown(enforce))}: ${detailed(found)}`
      throw forbidden(served.type, request.name, why)
    }
  }
  const found = findings(warn, metadata, spec)
  if (found.length) warnings.push(`would violate PodSecurity ${JSON.stringify(shown(warn))}: ${detailed(found)}`)
}
