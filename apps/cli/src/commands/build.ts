/**
 * `sluice build`: renders manifests from a directory as the controllers would, without a cluster.
 */
import { type Command, Option } from 'commander'
import type { BuildKustomizationOptions } from '../build-kustomization.ts'
import { UsageError } from '../usage-error.ts'

/** Options of `kustomize build` that let a build run programs, with what to do instead. None of them is taken and then ignored. */
const refused: [flags: string, why: string][] = [
  ['--helm-command <path>', 'charts are rendered by sluice itself, as Helm 4 does'],
  ['--helm-debug', 'there is no helm to debug: errors name the template and the line'],
  ['--enable-alpha-plugins', 'a build runs no programs; plugins with apiVersion builtin need no option'],
  ['--enable-exec', 'a build runs no programs; plugins with apiVersion builtin need no option'],
  ['--enable-star', 'a build runs no Starlark; plugins with apiVersion builtin need no option'],
  ['--as-current-user', 'it is for functions in containers, and a build runs none'],
  ['--mount <storage>', 'it is for functions in containers, and a build runs none'],
  ['--network', 'it is for functions in containers, and a build runs none'],
  ['--network-name <name>', 'it is for functions in containers, and a build runs none'],
  ['-e, --env <variable>', 'it is for functions in containers, and a build runs none'],
  ['--stack-trace', 'errors name the file and the line'],
]

export function register(program: Command): void {
  const group = program.command('build').description('render manifests without a cluster')
  const command = group
    .command('kustomization [dir]')
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
    .option('--enable-helm', 'render the charts of helmCharts')
    .option('--helm-kube-version <version>', 'Kubernetes version of charts that name none')
    .option(
      '--helm-api-versions <version>',
      'API versions that charts find, for those that name none (repeatable)',
      (version: string, before: string[] = []) => [...before, ...version.split(',')],
    )
    .option('--enable-managedby-label', 'put the label app.kubernetes.io/managed-by on every object')
    .option('--explain', 'print for every object which file and which step of which layer made each of its fields')
    .option('--no-remote', 'refuse bases, files and charts that are named by URL')
    .addHelpText(
      'after',
      `
The directory may be the URL of a repository, as in resources. Without one the current directory is built; with '-' the
kustomization is read from standard input and built in the current directory.
Bases in other repositories are fetched with your git, with its credentials and settings.

Examples:
  sluice build kustomization ./apps/prod
  sluice build kustomization ./apps/prod | kubectl diff -f -
  sluice build kustomization ./apps/prod -o ./rendered
  sluice build kustomization ./apps/prod --enable-helm
  sluice build kustomization 'https://github.com/org/repo//apps/prod?ref=v1.2'
  sluice build kustomization ./apps/prod --explain`,
    )
    .action(async (dir: string | undefined, options: BuildKustomizationOptions) => {
      const { buildKustomization } = await import('../build-kustomization.ts')
      await buildKustomization(dir ?? '.', options)
    })
  for (const [flags, why] of refused) {
    const option = new Option(flags).hideHelp()
    command.addOption(option).on(`option:${option.name()}`, () => {
      throw new UsageError(`${option.long} is not supported: ${why}`)
    })
  }
}
