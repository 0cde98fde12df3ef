/** `sluice events`: what the controllers said about their objects, oldest first, as `flux events` prints it. */
import { apiVersionOf, type KubeObject, kinds } from '@sluice/api'
import { formatDuration } from '@sluice/controller'
import type { KubeClient } from '@sluice/kube'
import type { Command } from 'commander'
import { type ClusterOptions, clientOf, withClusterOptions } from '../cluster/client-options.ts'
import { madeChartOf, oneLine, sourceOf } from '../cluster/flux-object.ts'
import { fluxTable } from '../cluster/flux-table.ts'
import { say } from '../cluster/say.ts'
import { document, type OutputFormat, outputOption } from '../output.ts'
import { writeOut } from '../standard-output.ts'
import { UsageError } from '../usage-error.ts'

interface EventsOptions extends ClusterOptions {
  allNamespaces?: boolean
  for?: string
  types?: string
  output: OutputFormat
}

interface EventObject extends KubeObject {
  type?: string
  reason?: string
  message?: string
  firstTimestamp?: string | null
  lastTimestamp?: string | null
  count?: number
  involvedObject?: { kind?: string; namespace?: string; name?: string; apiVersion?: string }
}

type EventFilter = (event: EventObject) => boolean

/** Only objects of our kinds; with `--for Kind/name`, only that one and what it takes its content from. */
async function aboutFilter(client: KubeClient, text: string | undefined, namespace: string): Promise<EventFilter> {
  const known = (kind: string | undefined) => kinds.find(definition => definition.kind === kind)
  if (text === undefined) return event => known(event.involvedObject?.kind) !== undefined
  const [kind = '', name] = text.split('/')
  const definition = known(kind)
  if (!definition) throw new UsageError(`'${kind}' is not a recognized Flux kind`)
  if (name === undefined) return ({ involvedObject }) => involvedObject?.kind === kind
  const object = await client.get({ apiVersion: apiVersionOf(definition), kind, namespace, name })
  const wanted = [{ kind, namespace, name }, sourceOf(object) ?? [], madeChartOf(object) ?? []].flat()
  return ({ involvedObject }) =>
    wanted.some(
      one =>
        one.kind === involvedObject?.kind &&
        one.name === involvedObject.name &&
        one.namespace === involvedObject.namespace,
    )
}

function typeFilter(text: string | undefined): EventFilter {
  if (text === undefined) return () => true
  const types = text.split(',')
  for (const type of types) {
    if (type !== 'Normal' && type !== 'Warning') {
      throw new UsageError(`type '${type}' not supported. Supported types are Normal, Warning`)
    }
  }
  return event => types.includes(event.type ?? 'Normal')
}

const timeOf = (event: EventObject): number => Date.parse(event.lastTimestamp ?? event.firstTimestamp ?? '') || 0

function rowOf(event: EventObject, now: number, allNamespaces: boolean): string[] {
  const { kind = '', namespace = '', name = '' } = event.involvedObject ?? {}
  const age = formatDuration(Math.max(0, Math.round((now - timeOf(event)) / 1000)) * 1000)
  return [
    ...(allNamespaces ? [namespace] : []),
    age,
    event.type ?? '',
    event.reason ?? '',
    `${kind}/${name}`,
    oneLine(event.message ?? ''),
  ]
}

async function events(options: EventsOptions): Promise<void> {
  const client = clientOf(options)
  const ofType = typeFilter(options.types)
  const about = await aboutFilter(client, options.for, options.namespace)
  const namespace = options.allNamespaces ? undefined : options.namespace
  const { items } = await client.list<EventObject>({ apiVersion: 'v1', kind: 'Event' }, { namespace })
  const found = items.filter(event => about(event) && ofType(event)).sort((a, b) => timeOf(a) - timeOf(b))
  const place = namespace === undefined ? 'any namespace' : `${namespace} namespace`
  if (found.length === 0 && options.output === 'table') return say.failure(`No events found in ${place}.`)
  const all = options.allNamespaces ?? false
  const columns = [...(all ? ['namespace'] : []), 'last seen', 'type', 'reason', 'object', 'message']
  const now = Date.now()
  const table = (): string =>
    fluxTable(
      columns,
      found.map(event => rowOf(event, now, all)),
    )
  writeOut(options.output === 'table' ? table() : document(options.output, found))
}

export function register(program: Command): void {
  withClusterOptions(program.command('events').description('show what the controllers said about their objects'))
    .option('-A, --all-namespaces', 'events of all namespaces')
    .option('--for <kind/name>', 'only events about this object, for instance Kustomization/apps')
    .option('--types <types>', 'only events of these types: Normal, Warning')
    .addOption(outputOption())
    .addHelpText(
      'after',
      '\nExamples:\n  sluice events -A --types Warning\n  sluice events -n cluster-config --for Kustomization/apps',
    )
    .action((options: EventsOptions) => events(options))
}
