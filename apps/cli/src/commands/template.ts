/**
 * `sluice template`: renders a chart as `helm template` does, without a cluster.
 */
import type { Command } from 'commander'
import type { TemplateOptions } from '../template-chart.ts'

const each = (value: string, before: string[] = []): string[] => [...before, value]
const eachOfList = (value: string, before: string[] = []): string[] => [...before, ...value.split(',')]

export function register(program: Command): void {
  program
    .command('template')
    .usage('[options] [name] <chart>')
    .argument('<name>', "name of the release; without one it is 'release-name'")
    .argument('[chart]', 'directory or packaged chart')
    .description("render a chart, byte for byte like 'helm template'")
    .option('-n, --namespace <namespace>', 'namespace of the release', 'default')
    .option('-f, --values <file>', 'file of values, or - for standard input; later ones win', eachOfList)
    .option('--set <key=value>', 'set values: a.b=1,c[0]=x,d={1,2}', each)
    .option('--set-string <key=value>', 'set values that stay strings', each)
    .option('--set-file <key=path>', 'set values to the content of files', each)
    .option('--set-json <key=json>', 'set values to JSON', each)
    .option('--set-literal <key=value>', 'set one value to all that follows the sign, as it is', each)
    .option('--kube-version <version>', 'version of the cluster, such as v1.33.0')
    .option('-a, --api-versions <versions>', 'versions that the cluster serves besides those Helm knows', eachOfList)
    .option('--include-crds', 'print the custom resource definitions in crds/, too')
    .option('--no-hooks', 'leave hooks out')
    .option('--skip-tests', 'leave hooks out that are tests')
    .option('--skip-schema-validation', 'do not hold values against values.schema.json')
    .option('-s, --show-only <template>', 'print only what this template renders, such as templates/service.yaml', each)
    .option('--is-upgrade', 'set .Release.IsUpgrade instead of .Release.IsInstall')
    .option('--output-dir <folder>', 'write a file a template below this folder instead of printing')
    .addHelpText(
      'after',
      `
The chart is a directory or a packaged chart (.tgz). What it depends on must lie in its charts/ folder.

Examples:
  sluice template web ./charts/web -n prod -f prod.yaml --set image.tag=1.2
  sluice template ./charts/web -s templates/deployment.yaml
  sluice template web ./web-1.2.0.tgz --kube-version v1.33.0 --api-versions monitoring.coreos.com/v1`,
    )
    .action(async (name: string, chart: string | undefined, options: TemplateOptions) => {
      const { templateChart } = await import('../template-chart.ts')
      await (chart === undefined ? templateChart('release-name', name, options) : templateChart(name, chart, options))
    })
}
