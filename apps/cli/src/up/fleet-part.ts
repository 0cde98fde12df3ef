/** The fleet service of `sluice up`: a process of its own, and the login by which this process and the person's commands talk to it. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FleetClient } from '../fleet-client.ts'
import { saveLogin } from '../login-file.ts'
import { requestToken } from '../request-token.ts'
import type { DataDirectory } from './data-directory.ts'
import { poll } from './poll.ts'
import type { ProgressPart } from './progress.ts'
import { SUBSCRIPTION } from './resource-paths.ts'
import { type OnStop, startProcess } from './start-process.ts'

export interface FleetPart {
  url: string
  /** PEM of its authority. */
  ca: string
  client(): FleetClient
}

/** Tokens are good for half a day. */
const RENEW = 6 * 3_600_000

export async function startFleetPart(
  directory: DataDirectory,
  port: number,
  line: ProgressPart,
  signal: AbortSignal,
  onStop: OnStop,
): Promise<FleetPart> {
  const args = ['fleet', '--data-dir', directory.fleet, '--host', '127.0.0.1', '--port', String(port)]
  const { check } = startProcess(directory, 'fleet', args, line, onStop)
  const service = `https://127.0.0.1:${port}`
  const secretFile = join(directory.fleet, 'admin-secret')
  const caFile = join(directory.fleet, 'ca.pem')

  async function login() {
    const ca = readFileSync(caFile, 'utf8')
    const password = readFileSync(secretFile, 'utf8').trim()
    const { role: _, ...token } = await requestToken({ service, username: 'admin', password, ca })
    const login = { ...token, subscription: SUBSCRIPTION }
    saveLogin(login, directory.login)
    return login
  }

  const first = await poll(
    async () => {
      check()
      if (!existsSync(secretFile) || !existsSync(caFile)) return undefined
      // Refused or not listening yet; a service that never answers is told by its log.
      return login().catch(() => undefined)
    },
    50,
    signal,
  )
  line.update('done', service)
  let client = new FleetClient(first)
  const renewal = setInterval(() => {
    login().then(
      renewed => {
        client = new FleetClient(renewed)
      },
      (error: Error) => line.update('failed', `the login could not be renewed: ${error.message}`),
    )
  }, RENEW)
  onStop(async () => clearInterval(renewal))
  return { url: service, ca: first.ca ?? '', client: () => client }
}
