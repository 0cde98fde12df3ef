/** What validating admission is told of a write, and which rules of policies and webhook configurations match it. */
import type { KubeObject } from '@sluice/api'
import { child, items, type Json, strings } from '../kinds/record.ts'
import type { User } from '../local-client.ts'
import type { Api } from '../requests/api.ts'
import { selectorMatches } from '../requests/label-selector.ts'
import type { ResourceType, ServedVersion } from '../resources/resource-type.ts'

export interface AdmissionRequest {
  operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'
  served: ServedVersion
  subresource: string
  namespace: string
  name: string
  object: KubeObject | undefined
  oldObject: KubeObject | undefined
  user: User
  dryRun: boolean
  warnings: string[]
}

/** Policies do not judge the objects that make policy. */
export const isExempt = ({ group, resource }: ResourceType): boolean =>
  group === 'admissionregistration.k8s.io' && /^(?:validating|mutating)/.test(resource)

const has = (list: readonly string[], value: string) => list.includes(value) || list.includes('*')

function resourceMatches(resources: readonly string[], resource: string, subresource: string): boolean {
  const full = subresource ? `${resource}/${subresource}` : resource
  return resources.some(
    r =>
      r === '*/*' ||
      r === full ||
      (r === '*' && !subresource) ||
      (subresource !== '' && (r === `*/${subresource}` || r === `${resource}/*`)),
  )
}

/** One entry of `resourceRules` or `rules`. `equivalent`: any served version of the resource will do. */
export function ruleMatches(rule: Json, request: AdmissionRequest, equivalent: boolean): boolean {
  const { type, version } = request.served
  const versions = equivalent ? type.versions.map(v => v.version) : [version]
  const apiVersions = strings(rule.apiVersions)
  const names = strings(rule.resourceNames)
  const scope = rule.scope ?? '*'
  return (
    has(strings(rule.operations), request.operation) &&
    has(strings(rule.apiGroups), type.group) &&
    versions.some(v => has(apiVersions, v)) &&
    resourceMatches(strings(rule.resources), type.resource, request.subresource) &&
    (names.length === 0 || names.includes(request.name)) &&
    (scope === '*' || (scope === 'Namespaced') === type.namespaced)
  )
}

/** The labels that a namespace selector looks at: those of the namespace itself for namespaces and what is in them. */
function namespaceLabels(api: Api, request: AdmissionRequest): Record<string, string> | undefined | 'none' {
  const { type } = request.served
  if (type.collection === '/namespaces') return (request.object ?? request.oldObject)?.metadata.labels
  return type.namespaced ? api.find('/namespaces', '', request.namespace)?.metadata.labels : 'none'
}

/** The selectors of a policy's constraints, a binding's, or a webhook. Cluster-scoped objects are not selected by namespace. */
export function selectorsMatch(api: Api, of: Json, request: AdmissionRequest): boolean {
  const byNamespace = child(of, 'namespaceSelector')
  if (byNamespace && Object.keys(byNamespace).length) {
    const labels = namespaceLabels(api, request)
    if (labels !== 'none' && !selectorMatches(byNamespace, labels)) return false
  }
  const byObject = child(of, 'objectSelector')
  if (!byObject || Object.keys(byObject).length === 0) return true
  return [request.object, request.oldObject].some(o => o !== undefined && selectorMatches(byObject, o.metadata.labels))
}

/** `matchConstraints` of a policy or `matchResources` of a binding; without rules everything matches. */
export function constraintsMatch(api: Api, of: Json | undefined, request: AdmissionRequest): boolean {
  if (!of) return true
  const equivalent = of.matchPolicy !== 'Exact'
  if (items(of, 'excludeResourceRules').some(rule => ruleMatches(rule, request, equivalent))) return false
  const rules = items(of, 'resourceRules')
  if (rules.length && !rules.some(rule => ruleMatches(rule, request, equivalent))) return false
  return selectorsMatch(api, of, request)
}
