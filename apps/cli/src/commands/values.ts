/** `sluice values`: the values that a chart is rendered with. */
import type { Command } from 'commander'
import type { ChartValuesOptions } from '../chart-values.ts'
import { type ClusterOptions, withClusterOptions } from '../cluster/client-options.ts'
import { writeOut } from '../standard-output.ts'
import { UsageError } from '../usage-error.ts'

interface ReleaseValuesOptions extends ClusterOptions {
  file?: string
}

const each = (value: string, before: string[] = []): string[] => [...before, value]
const eachOfList = (value: string, before: string[] = []): string[] => [...before, ...value.split(',')]

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
      writeOut(await releaseValues(name, options))
    })
  command
    .command('chart <chart>')
    .description("the values of a chart: its own and its subcharts' defaults below those given, as templates see them")
    .option('-f, --values <file>', 'file of values, or - for standard input; later ones win', eachOfList)
    .option('--set <key=value>', 'set values: a.b=1,c[0]=x,d={1,2}', each)
    .option('--set-string <key=value>', 'set values that stay strings', each)
    .option('--set-file <key=path>', 'set values to the content of files', each)
    .option('--set-json <key=json>', 'set values to JSON', each)
    .option('--set-literal <key=value>', 'set one value to all that follows the sign, as it is', each)
    .option('--explain', 'print a line a value, with the file or option it comes from')
    .addHelpText(
      'after',
      `
Examples:
  sluice values chart ./charts/web -f prod.yaml --set image.tag=1.2
  sluice values chart ./web-1.2.0.tgz -f prod.yaml --explain`,
    )
    .action(async (chart: string, options: ChartValuesOptions) => {
      const { chartValuesText } = await import('../chart-values.ts')
      writeOut(await chartValuesText(chart, options))
    })
}
