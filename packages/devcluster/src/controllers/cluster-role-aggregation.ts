/** Fills the rules of aggregated ClusterRoles (admin, edit, view) from the roles their selectors match. */
import { type PolicyRule, rulesOf } from '../access/rbac.ts'
import { child, items } from '../kinds/record.ts'
import type { LocalClient } from '../local-client.ts'
import type { Api } from '../requests/api.ts'
import { selectorMatches } from '../requests/label-selector.ts'
import { sameJson } from '../requests/request.ts'
import { WorkQueue } from './work-queue.ts'

export function startClusterRoleAggregation(api: Api, client: LocalClient): () => void {
  const roles = api.store.collection('rbac.authorization.k8s.io/clusterroles')
  const queue = new WorkQueue(name => reconcile(name))

  async function reconcile(name: string): Promise<void> {
    const role = roles.get('', name)?.object
    const selectors = items(child(role, 'aggregationRule'), 'clusterRoleSelectors')
    if (!role || selectors.length === 0) return
    const rules: PolicyRule[] = []
    for (const { object } of roles.items('')) {
      if (object.metadata.name === name) continue
      if (!selectors.some(s => selectorMatches(s, object.metadata.labels))) continue
      for (const rule of rulesOf(object)) if (!rules.some(r => sameJson(r, rule))) rules.push(rule)
    }
    if (sameJson(rulesOf(role), rules)) return
    await client.apply(
      {
        apiVersion: role.apiVersion,
        kind: role.kind,
        metadata: { name },
        rules,
      },
      { fieldManager: 'clusterrole-aggregation-controller', force: true },
    )
  }

  const enqueue = () => {
    for (const { object } of roles.items('')) if (object.aggregationRule) queue.add(object.metadata.name)
  }
  roles.watchers.add(enqueue)
  enqueue()
  return () => {
    roles.watchers.delete(enqueue)
    queue.stop()
  }
}
