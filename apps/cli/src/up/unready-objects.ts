/** The applied objects that keep a kustomization from being ready, each with the reason that its own status gives. */
import { apiVersionOf, kustomization, labels } from '@sluice/api'
import { healthOf, type KubeClient, parseInventoryEntry } from '@sluice/kube'
import { readyOf, statusOf } from '../cluster/flux-object.ts'
import { isServed } from '../cluster/is-served.ts'
import type { ConfigurationReport, UnreadyObject } from './system-report.ts'

export async function unreadyObjects(report: ConfigurationReport, client: KubeClient): Promise<UnreadyObject[]> {
  const kind = { apiVersion: apiVersionOf(kustomization), kind: kustomization.kind }
  const labelSelector = `${labels.fluxConfigName}=${report.name}`
  if (!(await isServed(client, kind)))
    return [{ kind: 'Extension', namespace: '', name: 'flux', message: 'is not installed yet' }]
  const { items } = await client.list(kind, { namespace: report.namespace, labelSelector })
  const entries = items
    .filter(item => readyOf(item)?.status !== 'True')
    .flatMap(item => statusOf(item).inventory?.entries ?? [])
  const found = await Promise.all(
    entries.map(async entry => {
      const ref = parseInventoryEntry(entry)
      if (!ref) return []
      const named = { kind: ref.kind, namespace: ref.namespace ?? '', name: ref.name }
      const object = await client.find(ref)
      if (!object) return [{ ...named, message: 'is not there' }]
      const { status, message } = healthOf(object)
      return status === 'Current' ? [] : [{ ...named, message: `${status}: ${message}` }]
    }),
  )
  return found.flat()
}
