/** `sluice values`: the values that a chart is rendered with. */
import type { Command } from 'commander'
import { type ClusterOptions, withClusterOptions } from '../cluster/client-options.ts'
import { UsageError } from '../usage-error.ts'

interface ReleaseValuesOptions extends ClusterOptions {
  file?: string
}

export function register(program: Command): void {
  const command = program.command('values').description('show the values that a chart or a release is rendered with')
  withClusterOptions(
    command
      .command('helmrelease [name]')
      .alias('hr')
      .description('what valuesFrom and values of a HelmRelease come to, in the order of the controller'),
  )
    .option('-f, --file <file>', 'read the HelmRelease from a file (- for standard input) instead of the cluster')
    .addHelpText(
      'after',
      `
With --file, ConfigMaps and Secrets that the file has, too, are used before those of the cluster. Values are printed as they are, those
of Secrets included.

Examples:
  sluice values helmrelease podinfo -n cluster-config
  kubectl kustomize ./apps/staging | sluice values hr -f -`,
    )
    .action(async (name: string | undefined, options: ReleaseValuesOptions) => {
      if (name === undefined && options.file === undefined)
        throw new UsageError('helmrelease name is required, or --file')
      const { releaseValues } = await import('../helm/release-values.ts')
      process.stdout.write(await releaseValues(name, options))
    })
}
