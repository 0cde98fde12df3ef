/**
 * `sluice devcluster`: an embedded Kubernetes API server in the foreground, with simulated workloads, until it is stopped. Pods of the image `sluice` are
 * really run: as this same program. The path of a kubeconfig for its administrator is printed when it answers.
 */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { document, type OutputFormat, outputOption } from '../output.ts'
import { writeOut } from '../standard-output.ts'
import { untilStopped } from '../until-stopped.ts'

interface DevClusterCommandOptions {
  dataDir: string
  host: string
  port?: number
  kubeconfig?: string
  workloads: boolean
  node: boolean
  output: OutputFormat
}

export function register(program: Command): void {
  program
    .command('devcluster')
    .description('run an embedded Kubernetes API server in the foreground')
    .option('--data-dir <dir>', 'where it keeps its objects and certificates', join('.sluice', 'devcluster'))
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <number>', 'port to listen on (default: the one it had before, else a free one)', portNumber)
    .option('--kubeconfig <file>', 'where to write the kubeconfig (default: kubeconfig in the data directory)')
    .option('--no-workloads', 'no simulated workload controllers: Deployments stay as they are')
    .option('--no-node', 'no simulated node: Pods stay pending')
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Examples:
  sluice devcluster --data-dir ./cluster &
  kubectl --kubeconfig ./cluster/kubeconfig get nodes`,
    )
    .action(run)
}

function portNumber(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535 && text !== '') return port
  throw new InvalidArgumentError('It is no port: give a number from 0 (a free one) to 65535.')
}

/** Complete when it appears: others wait for the file. */
function writeKubeconfig(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const own = `${path}.${process.pid}`
  writeFileSync(own, text, { mode: 0o600 })
  renameSync(own, path)
}

async function run({ dataDir, host, port, workloads, node, ...options }: DevClusterCommandOptions): Promise<void> {
  const { startDevCluster } = await import('@sluice/devcluster')
  const script = process.argv[1]
  const cluster = await startDevCluster({
    dataDir: resolve(dataDir),
    host,
    workloads,
    node,
    onError: (what, error) => process.stderr.write(`${what}: ${error instanceof Error ? error.message : error}\n`),
    ...(port === undefined ? {} : { port }),
    ...(script === undefined ? {} : { programArgs: [...process.execArgv, script] }),
  })
  const kubeconfig = resolve(options.kubeconfig ?? join(dataDir, 'kubeconfig'))
  writeKubeconfig(kubeconfig, cluster.kubeconfig)
  const ready = { url: cluster.url, kubeconfig, pid: process.pid }
  writeOut(options.output === 'table' ? `${kubeconfig}\n` : document(options.output, ready))
  await untilStopped()
  await cluster.close()
}
