/** `sluice suspend` and `sluice resume`: stop reconciling an object and go on, as `flux` does: `spec.suspend`, then waiting for the reconciliation. */
import { apiVersionOf, type KubeObject, type ObjectRef } from '@sluice/api'
import type { KubeClient } from '@sluice/kube'
import type { Command } from 'commander'
import { type ClusterOptions, clientOf, withClusterOptions } from '../cluster/client-options.ts'
import { appKinds, type FluxKind, sourceKinds } from '../cluster/flux-kinds.ts'
import { revisionOf } from '../cluster/flux-object.ts'
import { revisionWord, waitForReconciliation } from '../cluster/reconcile-object.ts'
import { say } from '../cluster/say.ts'
import { timeoutOption } from '../cluster/timeout-option.ts'
import { UsageError } from '../usage-error.ts'

interface SwitchOptions extends ClusterOptions {
  all?: boolean
  timeout: number
}

/** The objects meant: those named, or all of the namespace. */
async function objectsOf(
  client: KubeClient,
  kind: FluxKind,
  names: string[],
  options: SwitchOptions,
): Promise<ObjectRef[]> {
  const { definition, label } = kind
  const of = (name: string): ObjectRef => ({
    apiVersion: apiVersionOf(definition),
    kind: definition.kind,
    namespace: options.namespace,
    name,
  })
  if (names.length === 0 && !options.all) throw new UsageError(`${label} name is required (or --all)`)
  if (!options.all) return names.map(of)
  const { items } = await client.list({ apiVersion: apiVersionOf(definition), kind: definition.kind }, options)
  if (items.length === 0) throw new Error(`no ${definition.kind} objects found in ${options.namespace} namespace`)
  return items.map(({ metadata }) => of(metadata.name))
}

const setSuspend = (client: KubeClient, ref: ObjectRef, suspend: boolean): Promise<KubeObject> =>
  client.patch(ref, { spec: { suspend } }, 'merge', { fieldManager: 'flux' })

async function suspend(kind: FluxKind, names: string[], options: SwitchOptions): Promise<void> {
  const client = clientOf(options)
  for (const ref of await objectsOf(client, kind, names, options)) {
    if (!(await client.find(ref))) throw new Error(`${ref.kind} ${ref.name} not found in ${ref.namespace} namespace`)
    say.action(`suspending ${kind.label} ${ref.name} in ${ref.namespace} namespace`)
    await setSuspend(client, ref, true)
    say.success(`${kind.label} suspended`)
  }
}

async function resume(kind: FluxKind, names: string[], options: SwitchOptions): Promise<void> {
  const client = clientOf(options)
  const refs = await objectsOf(client, kind, names, options)
  for (const ref of refs) {
    if (!(await client.find(ref))) {
      throw new Error(`${ref.kind} object '${ref.name}' not found in ${ref.namespace} namespace`)
    }
    say.action(`resuming ${kind.label} ${ref.name} in ${ref.namespace} namespace`)
    await setSuspend(client, ref, false)
    say.success(`${kind.label} resumed`)
  }
  for (const ref of refs) {
    const object = await waitForReconciliation(client, ref, options.timeout)
    say.success(`${ref.kind} ${ref.name} reconciliation completed`)
    say.success(`${revisionWord(ref.kind)} ${revisionOf(object)}`)
  }
}

type Action = (kind: FluxKind, names: string[], options: SwitchOptions) => Promise<void>

function registerSwitch(program: Command, word: string, description: string, action: Action): void {
  const command = program
    .command(word)
    .description(description)
    .addHelpText(
      'after',
      `\nExamples:\n  sluice ${word} kustomization apps -n cluster-config\n  sluice ${word} source git --all`,
    )
  const source = command.command('source').description('a source')
  for (const [parent, kinds] of [
    [source, sourceKinds],
    [command, appKinds],
  ] as const) {
    for (const kind of kinds) {
      const [name, ...aliases] = kind.words
      withClusterOptions(
        parent.command(`${name} [names...]`).aliases(aliases).description(`objects of kind ${kind.definition.kind}`),
      )
        .option('--all', 'all of the namespace')
        .addOption(timeoutOption('5m'))
        .action((names: string[], options: SwitchOptions) => action(kind, names, options))
    }
  }
}

export function register(program: Command): void {
  registerSwitch(program, 'suspend', 'stop reconciling a source, kustomization or release', suspend)
  registerSwitch(program, 'resume', 'go on reconciling a suspended source, kustomization or release', resume)
}
