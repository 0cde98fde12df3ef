/**
 * `sluice build`: renders manifests from a directory as the controllers would, without a cluster.
 */
import { type Command, Option } from 'commander'
import type { BuildKustomizationOptions } from '../build-kustomization.ts'

export function register(program: Command): void {
  const group = program.command('build').description('render manifests without a cluster')
  group
    .command('kustomization <dir>')
    .description("build the kustomization in a directory, byte for byte like 'kubectl kustomize'")
    .option('-o, --output <path>', 'file to write, or an existing directory that gets one file an object')
    .addOption(
      new Option('--load-restrictor <rule>', 'whether files outside of the directory that names them may be read')
        .choices(['LoadRestrictionsRootOnly', 'LoadRestrictionsNone'])
        .default('LoadRestrictionsRootOnly'),
    )
    .addOption(
      new Option('--reorder <order>', 'order of the output, when the kustomization has no sortOptions')
        .choices(['legacy', 'none'])
        .default('legacy'),
    )
    .addOption(
      new Option(
        '--kustomize <release>',
        'whose behaviour to follow where releases differ: kubectl 1.35 has 5.7, Flux 5.8',
      )
        .choices(['5.7', '5.8'])
        .default('5.7'),
    )
    .option('--explain', 'print for every object which file and which step of which layer made each of its fields')
    .option('--no-remote', 'refuse bases and files that are named by URL')
    .addHelpText(
      'after',
      `
With '-' the kustomization is read from standard input and built in the current directory.
Bases in other repositories are fetched with your git. Helm charts are refused: render them into the source.

Examples:
  sluice build kustomization ./apps/prod
  sluice build kustomization ./apps/prod | kubectl diff -f -
  sluice build kustomization ./apps/prod -o ./rendered
  sluice build kustomization ./apps/prod --explain`,
    )
    .action(async (dir: string, options: BuildKustomizationOptions) => {
      const { buildKustomization } = await import('../build-kustomization.ts')
      await buildKustomization(dir, options)
    })
}
