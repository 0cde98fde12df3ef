/** `sluice dependency`: the charts that a chart depends on, with the words of `helm dependency`. */
import type { Command } from 'commander'
import type { AccessOptions } from '../dependency/repository-config.ts'
import { parseCount } from '../option-parsers.ts'
import { writeOut } from '../standard-output.ts'

interface FetchOptions extends AccessOptions {
  plainHttp?: boolean
  skipRefresh?: boolean
}

export function register(program: Command): void {
  const dependency = program.command('dependency').description('fetch or list the charts that a chart depends on')
  withAccess(dependency.command('update').alias('up').description('choose versions by Chart.yaml, fetch and lock them'))
    .addHelpText(
      'after',
      `
Repositories are those of 'helm repo add' (with their logins, also as @name in Chart.yaml), or addresses over http,
https and oci; logins at registries are those of 'helm registry login' and 'docker login'. The charts go into charts/,
their versions into Chart.lock.

Examples:
  sluice dependency update ./charts/web
  sluice dependency update . --username ci --password "$TOKEN"`,
    )
    .action(async (folder: string, options: FetchOptions) => {
      const { updateDependencies } = await import('../dependency/update-dependencies.ts')
      await fetching(folder, options, updateDependencies)
    })
  withAccess(dependency.command('build').description('fetch the versions that Chart.lock names'))
    .addHelpText(
      'after',
      `
Without a lock it is like 'sluice dependency update'. A lock that was made for other dependencies is refused.

Examples:
  sluice dependency build ./charts/web`,
    )
    .action(async (folder: string, options: FetchOptions) => {
      const { buildDependencies } = await import('../dependency/update-dependencies.ts')
      await fetching(folder, options, buildDependencies)
    })
  dependency
    .command('list')
    .alias('ls')
    .description('list the dependencies of a chart and what charts/ has of them')
    .argument('[chart]', 'directory or packaged chart', '.')
    .option('--max-col-width <characters>', 'widest column', parseCount, 80)
    .addHelpText('after', '\nExamples:\n  sluice dependency list ./charts/web')
    .action(async (chart: string, options: { maxColWidth: number }) => {
      const { listDependencies } = await import('../dependency/list-dependencies.ts')
      writeOut(await listDependencies(chart, options.maxColWidth))
    })
}

function withAccess(command: Command): Command {
  return command
    .argument('[chart]', "the chart's directory", '.')
    .option('--skip-refresh', 'take the indexes that helm has cached')
    .option('--username <name>', 'login at repositories that helm does not know')
    .option('--password <password>', 'password for it')
    .option('--ca-file <file>', 'authorities that sign for such a server, in PEM')
    .option('--cert-file <file>', 'certificate to show to such a server, in PEM')
    .option('--key-file <file>', 'its key')
    .option('--insecure-skip-tls-verify', 'do not check the certificate of such a server')
    .option('--plain-http', 'reach registries without encryption')
}

async function fetching(
  folder: string,
  options: FetchOptions,
  work: typeof import('../dependency/update-dependencies.ts').updateDependencies,
): Promise<void> {
  const { accessOf, configuredRepositories } = await import('../dependency/repository-config.ts')
  const { configuredLogins } = await import('../registry/registry-config.ts')
  const { DependencySources } = await import('../dependency/dependency-sources.ts')
  const say = (line: string) => writeOut(`${line}\n`)
  const configured = await configuredRepositories(process.env)
  const access = await accessOf(options)
  const logins = await configuredLogins(process.env)
  const { skipRefresh = false, plainHttp } = options
  const sources = new DependencySources({ configured, access, plainHttp, logins, skipRefresh, say })
  try {
    await work({ folder, sources, say, now: () => new Date() })
  } finally {
    sources.close()
  }
}
