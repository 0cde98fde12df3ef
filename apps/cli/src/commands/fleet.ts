/**
 * `sluice fleet`: runs the fleet service until it is stopped. One JSON line on stdout says where it listens; its log
 * goes to stderr.
 */
import { mkdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { writeOut } from '../standard-output.ts'
import { untilStopped } from '../until-stopped.ts'
import { UsageError } from '../usage-error.ts'

interface FleetCommandOptions {
  dataDir: string
  host: string
  port: number
  tlsCert?: string
  tlsKey?: string
  name?: string[]
  rotateKeys?: boolean
  logLevel: string
}

function portNumber(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new InvalidArgumentError('It is no port: give a number from 0 (a free one) to 65535.')
}

export function register(program: Command): void {
  program
    .command('fleet')
    .description('run the fleet service: the resource API and the agents of all clusters')
    .option('--data-dir <dir>', 'store, keys and certificates', join(homedir(), '.sluice', 'fleet'))
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <port>', 'port to listen on, 0 for a free one', portNumber, 8443)
    .option('--tls-cert <file>', 'certificate chain, PEM (default: issued by a local authority in the data directory)')
    .option('--tls-key <file>', 'key of the certificate, PEM')
    .option('--rotate-keys', 'seal the store with a new key before serving')
    .option('--name <names...>', "more host names or addresses for the local authority's certificate")
    .addOption(
      new Option('--log-level <level>', 'least level to log').choices(['debug', 'info', 'error']).default('info'),
    )
    .addHelpText(
      'after',
      `
The first start makes the user 'admin'; its secret is in the file admin-secret of the data directory.

Examples:
  sluice fleet --data-dir ./fleet --port 8443
  sluice login --service https://localhost:8443 --ca ./fleet/ca.pem --username admin --password-file ./fleet/admin-secret`,
    )
    .action(run)
}

function tlsFiles({ tlsCert, tlsKey }: FleetCommandOptions): { key: string; cert: string } | undefined {
  if (tlsCert === undefined && tlsKey === undefined) return undefined
  if (tlsCert === undefined || tlsKey === undefined)
    throw new UsageError('--tls-cert and --tls-key must come together.')
  return { cert: readFileSync(tlsCert, 'utf8'), key: readFileSync(tlsKey, 'utf8') }
}

async function run(options: FleetCommandOptions): Promise<void> {
  const tls = tlsFiles(options)
  const { serveFleet, serviceLog } = await import('@sluice/fleet')
  const { takeInstanceLock } = await import('../up/instance-lock.ts')
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 })
  const lock = takeInstanceLock(join(options.dataDir, 'lock'), 'sluice fleet')
  const log = serviceLog(options.logLevel)
  const { dataDir, host, port, name, rotateKeys = false } = options
  const fleet = await serveFleet({
    dataDir,
    host,
    port,
    log,
    rotateKeys,
    ...(tls === undefined ? {} : { tls }),
    ...(name === undefined ? {} : { names: name }),
  })
  const ready = { url: fleet.url, pid: process.pid, caFile: fleet.caFile, adminSecretFile: fleet.adminSecretFile }
  writeOut(`${JSON.stringify(ready)}\n`)
  const reason = await untilStopped()
  log.info({ reason }, 'stopping')
  await fleet.close()
  lock.release()
}
