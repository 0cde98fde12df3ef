/** `sluice reconcile`: has one object reconciled now, its source first when asked, and waits for the result. */
import { apiVersionOf, helmChart, helmRelease, type ObjectRef } from '@sluice/api'
import type { KubeClient } from '@sluice/kube'
import type { Command } from 'commander'
import { type ClusterOptions, clientOf, withClusterOptions } from '../cluster/client-options.ts'
import { appKinds, type FluxKind, fluxKindOf, sourceKinds } from '../cluster/flux-kinds.ts'
import { madeChartOf, sourceOf } from '../cluster/flux-object.ts'
import { type ReleaseRequests, reconcileObject } from '../cluster/reconcile-object.ts'
import { timeoutOption } from '../cluster/timeout-option.ts'
import { UsageError } from '../usage-error.ts'

interface ReconcileOptions extends ClusterOptions, ReleaseRequests {
  timeout: number
  withSource?: boolean
}

const refOf = ({ definition }: FluxKind, namespace: string, name: string): ObjectRef => ({
  apiVersion: apiVersionOf(definition),
  kind: definition.kind,
  namespace,
  name,
})

async function reconcile(kind: FluxKind, name: string | undefined, options: ReconcileOptions): Promise<void> {
  if (name === undefined) throw new UsageError(`${kind.definition.kind} name is required`)
  const client = clientOf(options)
  const ref = refOf(kind, options.namespace, name)
  if (options.withSource) await reconcileSources(client, ref, options.timeout)
  await reconcileObject(client, ref, options.timeout, options)
}

/** All that an object takes its content from, the first of them first: a HelmRelease's repository, then its chart. */
async function reconcileSources(client: KubeClient, ref: ObjectRef, timeout: number): Promise<void> {
  const object = await client.get(ref)
  const source = sourceOf(object)
  const kind = source && fluxKindOf(source.kind)
  if (!kind) throw new Error(`${ref.kind}/${ref.namespace}/${ref.name} has no source that can be reconciled`)
  const sourceRef = refOf(kind, source.namespace, source.name)
  if (source.kind === helmChart.kind) await reconcileSources(client, sourceRef, timeout)
  await reconcileObject(client, sourceRef, timeout)
  const made = madeChartOf(object)
  const chart = { apiVersion: apiVersionOf(helmChart), ...made, kind: helmChart.kind, name: made?.name ?? '' }
  if (made && (await client.find(chart))) await reconcileObject(client, chart, timeout)
}

export function register(program: Command): void {
  const command = program
    .command('reconcile')
    .description('have a source, kustomization or release reconciled now, and wait for the result')
    .addHelpText(
      'after',
      '\nExamples:\n  sluice reconcile kustomization apps -n cluster-config --with-source\n  sluice reconcile source git apps\n' +
        '  sluice reconcile helmrelease podinfo -n cluster-config --with-source --reset',
    )
  const source = command.command('source').description('fetch a source now')
  for (const kind of sourceKinds) {
    const [word, ...aliases] = kind.words
    const chart = kind.definition.kind === helmChart.kind
    const one = source.command(`${word} [name]`).aliases(aliases).description(`a ${kind.definition.kind}`)
    if (chart) one.option('--with-source', 'fetch the repository or source of the chart first')
    withClusterOptions(one)
      .addOption(timeoutOption('5m'))
      .action((name: string | undefined, options: ReconcileOptions) => reconcile(kind, name, options))
  }
  for (const kind of appKinds) {
    const [word, ...aliases] = kind.words
    const one = command.command(`${word} [name]`).aliases(aliases).description(`a ${kind.definition.kind}`)
    if (kind.definition.kind === helmRelease.kind) {
      one
        .option('--force', 'upgrade once, though nothing changed')
        .option('--reset', 'forget failures, so that what ran out of retries is tried again')
    }
    withClusterOptions(one)
      .addOption(timeoutOption('5m'))
      .option('--with-source', 'fetch its source first')
      .action((name: string | undefined, options: ReconcileOptions) => reconcile(kind, name, options))
  }
}
