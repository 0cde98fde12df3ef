/** `sluice up`: the whole system on this machine, and the options that say how much of it and for how long. */
import type { Command } from 'commander'
import { timeoutOption } from '../cluster/timeout-option.ts'
import { UsageError } from '../usage-error.ts'

interface UpCommandOptions {
  dataDir: string
  fresh?: boolean
  clusters: number
  until?: string
  timeout: number
  json?: boolean
  repo?: string
  ref: string
  path?: string[]
}

export function register(program: Command): void {
  program
    .command('up')
    .description('run the whole system on this machine: service, git server, dev clusters, configurations')
    .option('--data-dir <dir>', 'where everything is kept', '.sluice')
    .option('--fresh', 'begin anew: forget what the data directory holds')
    .option('--clusters <n>', 'dev clusters to run, 1 to 10', Number, 2)
    .option('--repo <url>', 'deploy this repository (http or https) instead of the example')
    .option('--ref <name>', 'its branch, tag or commit', 'main')
    .option('--path <dir>', 'a directory of it to deploy; may be given several times (default: ./)', collected)
    .option(
      '--until <state>',
      'with "ready": stop when all configurations are compliant (exit code 0), or not in time (1)',
    )
    .addOption(timeoutOption('240s'))
    .option('--json', 'print one JSON document on stdout; progress goes to stderr')
    .addHelpText(
      'after',
      `
Examples:
  sluice up                                   start, show how to go on, stay
  sluice up --until ready --json              for scripts: start, wait, print, stop
  sluice up --repo https://git.example.com/platform/fleet.git --ref main --path ./infra --path ./apps`,
    )
    .action(up)
}

const collected = (value: string, before: string[] = []): string[] => [...before, value]

async function up(options: UpCommandOptions): Promise<void> {
  const { clusters, until, repo, ref, path = [], fresh = false, json = false, dataDir, timeout } = options
  if (!Number.isInteger(clusters) || clusters < 1 || clusters > 10)
    throw new UsageError('--clusters takes a number from 1 to 10.')
  if (until !== undefined && until !== 'ready') throw new UsageError('--until knows one state: ready.')
  if (repo === undefined && path.length > 0) throw new UsageError('--path belongs to --repo: say which repository.')
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort())
  const [{ runUp }, { resolveRepository }] = await Promise.all([
    import('../up/run-up.ts'),
    import('../up/own-repository.ts'),
  ])
  const repository =
    repo === undefined
      ? {}
      : { repository: { url: repo, paths: path.length > 0 ? path : ['./'], ...(await resolveRepository(repo, ref)) } }
  const common = { dataDir, fresh, clusters, timeout, json, untilReady: until === 'ready' }
  process.exitCode = await runUp({ ...common, ...repository }, stop.signal)
}
