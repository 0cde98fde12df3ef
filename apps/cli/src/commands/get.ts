/**
 * `sluice get`: what sources and kustomizations a cluster has, and how they are, in the tables of `flux get`. With `--watch` it goes
 * on with a line for each change.
 */
import { apiVersionOf, type KindDefinition, type KubeObject } from '@sluice/api'
import { ApiError, Informer, type KindRef, type KubeClient, NoMatchError, type ResourceInfo } from '@sluice/kube'
import type { Command } from 'commander'
import { type ClusterOptions, clientOf, withClusterOptions } from '../cluster/client-options.ts'
import { appKinds, type FluxKind, fluxKinds, sourceKinds } from '../cluster/flux-kinds.ts'
import { fluxTable } from '../cluster/flux-table.ts'
import { isServed } from '../cluster/is-served.ts'
import { columnsFor, type RowOptions, rowOf, statusSelector } from '../cluster/list-rows.ts'
import { say } from '../cluster/say.ts'
import { document, type OutputFormat, outputOption } from '../output.ts'
import { writeOut } from '../standard-output.ts'
import { UsageError } from '../usage-error.ts'

interface GetOptions extends ClusterOptions {
  allNamespaces?: boolean
  header: boolean
  watch?: boolean
  statusSelector?: string
  showSource?: boolean
  output: OutputFormat
}

const refOf = ({ definition }: FluxKind): KindRef => ({
  apiVersion: apiVersionOf(definition),
  kind: definition.kind,
})

/** Our own definitions say where a kind is served: no need to ask the server first. One that it does not serve has no objects. */
const resourceOf = ({
  group,
  kind,
  plural,
  singular,
  shortNames,
  categories,
  scope,
  versions,
}: KindDefinition): ResourceInfo => ({
  group,
  version: versions[0].name,
  resource: plural,
  kind,
  singular,
  namespaced: scope === 'Namespaced',
  verbs: ['get', 'list'],
  shortNames: [...shortNames],
  categories: [...categories],
  subresources: [],
})

/** The objects of one kind; none when the cluster does not know the kind. */
async function listOf(client: KubeClient, kind: FluxKind, namespace: string | undefined): Promise<KubeObject[]> {
  try {
    const { items } = await client.list(refOf(kind), { namespace })
    return items
  } catch (error) {
    if (error instanceof NoMatchError || (error instanceof ApiError && error.code === 404)) return []
    throw error
  }
}

async function get(kinds: readonly FluxKind[], name: string | undefined, options: GetOptions): Promise<void> {
  const client = clientOf(options)
  const namespace = options.allNamespaces ? undefined : options.namespace
  const selected = statusSelector(options.statusSelector)
  const wanted = (object: KubeObject): boolean => (!name || object.metadata.name === name) && selected(object)
  const rows: RowOptions = {
    allNamespaces: options.allNamespaces ?? false,
    showSource: options.showSource ?? false,
    kindPrefix: kinds.length > 1,
  }
  if (options.watch) return watch(client, kinds, namespace, wanted, rows)
  for (const { definition } of kinds) client.discovery.assume(resourceOf(definition))
  const found = await Promise.all(kinds.map(kind => listOf(client, kind, namespace)))
  if (kinds.length === 1) refuseNothing(kinds, found.flat(), name, namespace)
  const shown = found.map(objects => objects.filter(wanted))
  if (options.output !== 'table') {
    writeOut(document(options.output, list(shown.flat())))
    return
  }
  const tables = shown.filter(objects => objects.length > 0)
  for (const objects of tables) {
    const text = objects.map(object => rowOf(object, rows))
    // As in flux, tables of several kinds are set apart.
    writeOut(`${fluxTable(columnsFor(rows), text, options.header)}${kinds.length > 1 ? '\n' : ''}`)
  }
  if (tables.length === 0 && found.flat().length === 0)
    say.failure(`no objects found ${where(namespace)}; -A looks into all namespaces`)
}

const list = (items: KubeObject[]) => ({ apiVersion: 'v1', kind: 'List', items })

const where = (namespace: string | undefined): string =>
  namespace === undefined ? 'in any namespace' : `in "${namespace}" namespace`

/** Asking for one kind, or one object, of which there is none is a failure. */
function refuseNothing(
  [kind]: readonly FluxKind[],
  found: KubeObject[],
  name: string | undefined,
  namespace: string | undefined,
): void {
  const title = kind?.definition.kind
  if (name && !found.some(object => object.metadata.name === name)) {
    throw new Error(`${title} object '${name}' not found ${where(namespace)}`)
  }
  if (found.length === 0) throw new Error(`no ${title} objects found ${where(namespace)}`)
}

/** Prints a row when an object appears or its row changes, until the process is interrupted. */
async function watch(
  client: KubeClient,
  kinds: readonly FluxKind[],
  namespace: string | undefined,
  wanted: (object: KubeObject) => boolean,
  rows: RowOptions,
): Promise<void> {
  const seen = new Map<string, string>()
  const show = (object: KubeObject): void => {
    if (!wanted(object)) return
    const text = rowOf(object, rows).join('   ')
    const key = `${object.kind}/${object.metadata.namespace}/${object.metadata.name}`
    if (seen.get(key) === text) return
    seen.set(key, text)
    writeOut(`${text}\n`)
  }
  writeOut(`${columnsFor(rows).join('   ').toUpperCase()}\n`)
  const known = await Promise.all(kinds.map(async kind => ((await isServed(client, refOf(kind))) ? [kind] : [])))
  for (const kind of known.flat()) {
    const informer = new Informer(client, refOf(kind), {
      namespace,
      keep: () => undefined,
      onError: error =>
        say.failure(
          `watching ${kind.definition.kind}: ${error instanceof Error ? error.message : error}; trying again`,
        ),
    })
    informer.onChange(({ type, object }) => {
      if (type !== 'deleted') show(object)
    })
    informer.start()
  }
}

/** `--watch`, `-A` and the rest, on every form of `get`. */
const withGetOptions = (command: Command): Command =>
  withClusterOptions(command)
    .option('-A, --all-namespaces', 'objects of all namespaces')
    .option('-w, --watch', 'go on with a line for each change')
    .option('--no-header', 'leave the heading of the table out')
    .option('--status-selector <type=status>', 'only objects with this condition, for instance ready=false')
    .option('--show-source', 'show where an object takes its content from')
    .addOption(outputOption())

function sourceKindsOf(word: string): readonly FluxKind[] {
  if (word === 'all') return sourceKinds
  const kind = sourceKinds.find(({ words }) => words.includes(word))
  if (kind) return [kind]
  throw new UsageError(
    `"${word}" is no kind of source; there are ${sourceKinds.map(({ words }) => words[0]).join(', ')}, all`,
  )
}

export function register(program: Command): void {
  const command = program
    .command('get')
    .description('show sources, kustomizations and releases of a cluster with their readiness')
    .addHelpText(
      'after',
      '\nExamples:\n  sluice get all -A\n  sluice get sources git\n  sluice get kustomizations --status-selector ready=false',
    )
  withGetOptions(command.command('all').description('sources, kustomizations and releases')).action(
    (options: GetOptions) => get(fluxKinds, undefined, options),
  )
  withGetOptions(
    command
      .command('sources [kind] [name]')
      .alias('source')
      .description('sources of a kind (git, oci, helm, chart, bucket), or all'),
  ).action((kind: string | undefined, name: string | undefined, options: GetOptions) =>
    get(sourceKindsOf(kind ?? 'all'), name, options),
  )
  for (const kind of appKinds) {
    const [word, ...aliases] = kind.words
    withGetOptions(
      command.command(`${word} [name]`).aliases(aliases).description(`objects of kind ${kind.definition.kind}`),
    ).action((name: string | undefined, options: GetOptions) => get([kind], name, options))
  }
}
