/** `sluice tree kustomization NAME`: the objects it applied, with those of the kustomizations and releases among them, from their inventories. */
import {
  apiVersionOf,
  helmRelease,
  type KindDefinition,
  kustomization,
  type ObjectRef,
  parseApiVersion,
} from '@sluice/api'
import { type KubeClient, parseInventoryEntry } from '@sluice/kube'
import type { Command } from 'commander'
import { type ClusterOptions, clientOf, withClusterOptions } from '../cluster/client-options.ts'
import { statusOf } from '../cluster/flux-object.ts'
import { document, type OutputFormat, outputOption } from '../output.ts'
import { writeOut } from '../standard-output.ts'
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
  const key = nameOf(resource)
  const object = above.includes(key) ? undefined : await client.find(resource)
  const entries = (object && statusOf(object).inventory?.entries) ?? []
  const resources: Tree[] = []
  for (const entry of entries) {
    const ref = parseInventoryEntry(entry)
    if (!ref) throw new Error(`${nameOf(resource)}: its inventory holds an entry that cannot be read: ${entry.id}`)
    // Whatever version it was applied in: the newest has the inventory.
    const nested = appliers.find(
      ({ group, kind }) => kind === ref.kind && group === parseApiVersion(ref.apiVersion).group,
    )
    const newest = nested && { ...ref, apiVersion: apiVersionOf(nested) }
    resources.push(newest ? await treeOf(client, newest, [...above, key]) : { resource: ref, resources: [] })
  }
  return { resource, resources }
}

/** The kinds whose status lists what they applied. */
const appliers: readonly KindDefinition[] = [kustomization, helmRelease]

const isFlux = ({ apiVersion }: ObjectRef): boolean => parseApiVersion(apiVersion).group.endsWith('.fluxcd.io')

const nameOf = ({ kind, namespace, name }: ObjectRef): string => [kind, namespace, name].filter(Boolean).join('/')

function draw({ resource, resources }: Tree, compact: boolean, indent = ''): string {
  const shown = compact ? resources.filter(child => isFlux(child.resource)) : resources
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

async function tree(definition: KindDefinition, name: string | undefined, options: TreeOptions): Promise<void> {
  const { kind, singular } = definition
  if (name === undefined) throw new UsageError(`${singular} name is required`)
  const client = clientOf(options)
  const root = { apiVersion: apiVersionOf(definition), kind, namespace: options.namespace, name }
  await client.get(root)
  const found = await treeOf(client, root, [])
  const text =
    options.output === 'table'
      ? `${draw(found, options.compact ?? false)}\n`
      : document(options.output, documentOf(found))
  writeOut(text)
}

export function register(program: Command): void {
  const command = program.command('tree').description('show the objects that a kustomization or release applied')
  for (const definition of appliers) {
    const { kind, singular, shortNames } = definition
    const one = command
      .command(`${singular} [name]`)
      .aliases([...shortNames])
      .description(`the objects of a ${kind}`)
    withClusterOptions(one)
      .option('--compact', 'objects of Flux only')
      .addOption(outputOption())
      .addHelpText('after', `\nExamples:\n  sluice tree ${singular} apps -n cluster-config`)
      .action((name: string | undefined, options: TreeOptions) => tree(definition, name, options))
  }
}
