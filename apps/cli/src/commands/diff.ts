/** `sluice diff`: what the next reconciliation would change on the cluster, before it does. */
import type { Command } from 'commander'
import { type ClusterOptions, withClusterOptions } from '../cluster/client-options.ts'
import { type OutputFormat, outputOption } from '../output.ts'
import { UsageError } from '../usage-error.ts'

interface DiffOptions extends ClusterOptions {
  chart?: string
  exitCode?: boolean
  output: OutputFormat
}

export function register(program: Command): void {
  const command = program.command('diff').description('show what a release would change on its cluster')
  withClusterOptions(
    command
      .command('helmrelease [name]')
      .alias('hr')
      .description('what the next upgrade of a HelmRelease would change, hooks aside; nothing is written'),
  )
    .option('--chart <path>', 'directory or packaged chart to use instead of the one in the cluster')
    .option('--exit-code', 'end with 1 when something would change')
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Rendered as the controller does, with the values and post-renderers of the HelmRelease, and compared by a dry run with your
own rights. Values of Secrets are not shown.

Examples:
  sluice diff helmrelease podinfo -n cluster-config
  sluice diff hr podinfo -n cluster-config --chart ./charts/podinfo --exit-code`,
    )
    .action(async (name: string | undefined, options: DiffOptions) => {
      if (name === undefined) throw new UsageError('helmrelease name is required')
      const { diffRelease } = await import('../helm/diff-release.ts')
      const changed = await diffRelease(name, options)
      if (changed && options.exitCode) process.exitCode = 1
    })
}
