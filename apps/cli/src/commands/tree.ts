/** `sluice tree kustomization NAME`: the objects it applied, with those of the kustomizations among them, from their inventories. */
import { apiVersionOf, kustomization, type ObjectRef, parseApiVersion } from '@sluice/api'
import { type KubeClient, parseInventoryEntry } from '@sluice/kube'
import type { Command } from 'commander'
import { type ClusterOptions, clientOf, withClusterOptions } from '../cluster/client-options.ts'
import { statusOf } from '../cluster/flux-object.ts'
import { document, type OutputFormat, outputOption } from '../output.ts'
import { UsageError } from '../usage-error.ts'

interface TreeOptions extends ClusterOptions {
  compact?: boolean
  output: OutputFormat
}

interface Tree {
  resource: ObjectRef
  resources: Tree[]
}

async function treeOf(client: KubeClient, resource: ObjectRef, above: readonly string[]): Promise<Tree> {
  const key = `${resource.namespace}/${resource.name}`
  const object = above.includes(key) ? undefined : await client.find(resource)
  const entries = (object && statusOf(object).inventory?.entries) ?? []
  const resources: Tree[] = []
  for (const entry of entries) {
    const ref = parseInventoryEntry(entry)
    if (!ref) throw new Error(`${nameOf(resource)}: its inventory holds an entry that cannot be read: ${entry.id}`)
    const nested = ref.kind === 'Kustomization' && ref.apiVersion === apiVersionOf(kustomization)
    resources.push(nested ? await treeOf(client, ref, [...above, key]) : { resource: ref, resources: [] })
  }
  return { resource, resources }
}

const nameOf = ({ kind, namespace, name }: ObjectRef): string => [kind, namespace, name].filter(Boolean).join('/')

function draw({ resource, resources }: Tree, compact: boolean, indent = ''): string {
  const shown = compact ? resources.filter(child => child.resource.kind === 'Kustomization') : resources
  const lines = shown.map((child, index) => {
    const last = index === shown.length - 1
    return `${indent}${last ? '└── ' : '├── '}${draw(child, compact, `${indent}${last ? '    ' : '│   '}`)}`
  })
  return `${nameOf(resource)}\n${lines.join('')}`
}

/** The shape that `flux tree -o json` has. */
function documentOf({ resource, resources }: Tree): object {
  const { namespace = '', name, kind, apiVersion } = resource
  const GroupKind = { Group: parseApiVersion(apiVersion).group, Kind: kind }
  const below = resources.length > 0 ? { resources: resources.map(documentOf) } : {}
  return { resource: { Namespace: namespace, Name: name, GroupKind }, ...below }
}

async function tree(name: string | undefined, options: TreeOptions): Promise<void> {
  if (name === undefined) throw new UsageError('kustomization name is required')
  const client = clientOf(options)
  const root = { apiVersion: apiVersionOf(kustomization), kind: 'Kustomization', namespace: options.namespace, name }
  await client.get(root)
  const found = await treeOf(client, root, [])
  const text =
    options.output === 'table'
      ? `${draw(found, options.compact ?? false)}\n`
      : document(options.output, documentOf(found))
  process.stdout.write(text)
}

export function register(program: Command): void {
  const command = program.command('tree').description('show the objects that a kustomization applied')
  withClusterOptions(command.command('kustomization [name]').alias('ks').description('the objects of a Kustomization'))
    .option('--compact', 'kustomizations only')
    .addOption(outputOption())
    .addHelpText('after', '\nExamples:\n  sluice tree kustomization apps -n cluster-config')
    .action((name: string | undefined, options: TreeOptions) => tree(name, options))
}
