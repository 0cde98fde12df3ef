/** What the containers of a hook wrote, for hooks that ask for it by `helm.sh/hook-output-log-policy`. */
import { parseFirst } from '@sluice/yaml'
import type { ActionOptions } from '../action/action-options.ts'
import type { RecordedHook } from '../record/release-record.ts'

export async function hookLogs(options: ActionOptions, hook: RecordedHook): Promise<void> {
  const { client, onHookLog } = options
  const { kind, name = '', manifest = '' } = hook
  if (!onHookLog || (kind !== 'Job' && kind !== 'Pod')) return
  const namespace = namespaceOf(manifest) ?? options.namespace
  const selector = kind === 'Job' ? { labelSelector: `job-name=${name}` } : { fieldSelector: `metadata.name=${name}` }
  const { items } = await client.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace, ...selector })
  for (const pod of items) {
    for (const container of containerNames(pod.spec)) {
      const text = await client.logs({ namespace, name: pod.metadata.name, container })
      onHookLog({ namespace, pod: pod.metadata.name, container }, text)
    }
  }
}

function namespaceOf(manifest: string): string | undefined {
  const metadata = field(parseFirst(manifest, { duplicateKeys: 'last' }), 'metadata')
  const namespace = field(metadata, 'namespace')
  return typeof namespace === 'string' && namespace !== '' ? namespace : undefined
}

function containerNames(spec: unknown): string[] {
  const containers = field(spec, 'containers')
  if (!Array.isArray(containers)) return []
  return containers.map(container => field(container, 'name')).filter(name => typeof name === 'string')
}

function field(value: unknown, key: string): unknown {
  const table: Record<string, unknown> = typeof value === 'object' && value !== null ? { ...value } : {}
  return table[key]
}
