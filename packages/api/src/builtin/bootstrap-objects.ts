/** What a fresh cluster holds before anybody asks: default cluster roles, roles, their bindings, priority classes. */
import type { KubeObject, ObjectMeta } from '../object.ts'
import text from './generated/bootstrap.ts'

interface Row {
  metadata: ObjectMeta
  /** Rules, one string each: verbs apiGroups resources resourceNames nonResourceURLs; `~` is absent. 0: null. */
  r?: string[] | 0
  /** Carries the annotation `rbac.authorization.kubernetes.io/autoupdate`. */
  u?: 1
  /** Carries the label `kubernetes.io/bootstrapping`. */
  b?: 1
  [field: string]: unknown
}

const kinds: Record<string, [apiVersion: string, kind: string]> = {
  clusterroles: ['rbac.authorization.k8s.io/v1', 'ClusterRole'],
  clusterrolebindings: ['rbac.authorization.k8s.io/v1', 'ClusterRoleBinding'],
  roles: ['rbac.authorization.k8s.io/v1', 'Role'],
  rolebindings: ['rbac.authorization.k8s.io/v1', 'RoleBinding'],
  priorityclasses: ['scheduling.k8s.io/v1', 'PriorityClass'],
}

const ruleKeys = ['verbs', 'apiGroups', 'resources', 'resourceNames', 'nonResourceURLs']

function ruleOf(text: string): Record<string, string[]> {
  const rule: Record<string, string[]> = {}
  text.split(' ').forEach((list, at) => {
    const key = ruleKeys[at]
    if (key !== undefined && list !== '~') rule[key] = list.split(',')
  })
  return rule
}

function objectOf(resource: string, row: Row): KubeObject {
  const [apiVersion, kind] = kinds[resource] ?? ['', '']
  const { metadata, r, u, b, ...rest } = row
  const full: ObjectMeta = { ...metadata }
  if (u === 1) full.annotations = { 'rbac.authorization.kubernetes.io/autoupdate': 'true', ...metadata.annotations }
  if (b === 1) full.labels = { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...metadata.labels }
  const object: KubeObject = { apiVersion, kind, metadata: full, ...rest }
  if (r !== undefined) object.rules = r === 0 ? null : r.map(ruleOf)
  return object
}

/** Fresh copies, without server-set metadata, in the order cluster roles, bindings, roles, bindings, priority classes. */
export function bootstrapObjects(): KubeObject[] {
  const table: Record<string, Row[]> = JSON.parse(text)
  return Object.keys(kinds).flatMap(resource => (table[resource] ?? []).map(row => objectOf(resource, row)))
}
