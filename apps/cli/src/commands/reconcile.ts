/** `sluice reconcile`: has one object reconciled now, its source first when asked, and waits for the result. */
import { apiVersionOf, type ObjectRef } from '@sluice/api'
import type { Command } from 'commander'
import { type ClusterOptions, clientOf, withClusterOptions } from '../cluster/client-options.ts'
import { appKinds, type FluxKind, fluxKindOf, sourceKinds } from '../cluster/flux-kinds.ts'
import { sourceOf } from '../cluster/flux-object.ts'
import { reconcileObject } from '../cluster/reconcile-object.ts'
import { timeoutOption } from '../cluster/timeout-option.ts'
import { UsageError } from '../usage-error.ts'

interface ReconcileOptions extends ClusterOptions {
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
  if (options.withSource) {
    const source = sourceOf(await client.get(ref))
    const sourceKind = source && fluxKindOf(source.kind)
    if (!sourceKind) throw new Error(`${ref.kind}/${ref.namespace}/${name} has no source that can be reconciled`)
    await reconcileObject(client, refOf(sourceKind, source.namespace, source.name), options.timeout)
  }
  await reconcileObject(client, ref, options.timeout)
}

export function register(program: Command): void {
  const command = program
    .command('reconcile')
    .description('have a source or kustomization reconciled now, and wait for the result')
    .addHelpText(
      'after',
      '\nExamples:\n  sluice reconcile kustomization apps -n cluster-config --with-source\n  sluice reconcile source git apps',
    )
  const source = command.command('source').description('fetch a source now')
  for (const kind of sourceKinds) {
    const [word, ...aliases] = kind.words
    withClusterOptions(source.command(`${word} [name]`).aliases(aliases).description(`a ${kind.definition.kind}`))
      .addOption(timeoutOption('5m'))
      .action((name: string | undefined, options: ReconcileOptions) => reconcile(kind, name, options))
  }
  for (const kind of appKinds) {
    const [word, ...aliases] = kind.words
    withClusterOptions(command.command(`${word} [name]`).aliases(aliases).description(`a ${kind.definition.kind}`))
      .addOption(timeoutOption('5m'))
      .option('--with-source', 'fetch its source first')
      .action((name: string | undefined, options: ReconcileOptions) => reconcile(kind, name, options))
  }
}
