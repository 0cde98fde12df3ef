import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { KubeconfigError } from './kubeconfig-error.ts'

/**
 * Where a user's bearer token comes from: the kubeconfig itself, a file that is renewed on disk, or a credential plugin.
 * Asked anew for each request.
 */
export type TokenSource = () => Promise<string>

/** `undefined`: the user has no bearer token. Throws {@link KubeconfigError}. */
export function tokenSource(
  user: Record<string, unknown>,
  { directory, allowExec }: { directory?: string; allowExec: boolean },
): TokenSource | undefined {
  const file = stringOf(user.tokenFile)
  if (file && directory) return fileToken(resolve(directory, file))
  const token = stringOf(user.token)
  if (token) return async () => token
  if (isMap(user.exec) && allowExec) return execToken(user.exec, directory)
  return undefined
}

/** Projected tokens are renewed on disk: read again every minute, as client-go does. */
export function fileToken(path: string): TokenSource {
  let value = ''
  let readAt = Number.NEGATIVE_INFINITY
  return async () => {
    if (performance.now() - readAt <= 60_000) return value
    try {
      value = readFileSync(path, 'utf8').trim()
      readAt = performance.now()
    } catch (cause) {
      // The last one may hold a little longer.
      if (!value) throw new KubeconfigError(`cannot read the token in ${path}: ${messageOf(cause)}`, { cause })
    }
    return value
  }
}

interface ExecStatus {
  token?: string
  expirationTimestamp?: string
}

/** Milliseconds for which a token without an end is kept, and before its end at which it is renewed. */
const EXEC_KEPT = 600_000
const EXEC_MARGIN = 10_000

/** Credential plugins of kubeconfig (`client.authentication.k8s.io`), asked again when their token expires. */
function execToken(config: Record<string, unknown>, directory: string | undefined): TokenSource {
  const command = stringOf(config.command)
  if (!command) throw new KubeconfigError('the credential plugin of the user has no command')
  let token = ''
  let expires = Number.NEGATIVE_INFINITY
  let asking: Promise<void> | undefined
  const ask = async () => {
    const status = await execStatus(command, config, directory)
    if (!status?.token) throw new KubeconfigError(`credential plugin ${command} gave no token`)
    token = status.token
    const end = Date.parse(status.expirationTimestamp ?? '')
    expires = Number.isNaN(end) ? Date.now() + EXEC_KEPT : end - EXEC_MARGIN
  }
  return async () => {
    if (Date.now() >= expires) {
      // All requests that wait share one run of the program.
      asking ??= ask().finally(() => {
        asking = undefined
      })
      await asking
    }
    return token
  }
}

async function execStatus(
  command: string,
  config: Record<string, unknown>,
  directory: string | undefined,
): Promise<ExecStatus | undefined> {
  const info = { apiVersion: config.apiVersion, kind: 'ExecCredential', spec: { interactive: false } }
  const env = { ...process.env, KUBERNETES_EXEC_INFO: JSON.stringify(info) }
  for (const one of listOf(config.env)) {
    if (isMap(one)) Object.assign(env, { [String(one.name)]: String(one.value ?? '') })
  }
  // A path is taken from the kubeconfig's place, a bare name from PATH.
  const program = directory && command.includes('/') ? resolve(directory, command) : command
  try {
    const { stdout } = await promisify(execFile)(program, listOf(config.args).map(String), { env, timeout: 60_000 })
    return (JSON.parse(stdout) as { status?: ExecStatus } | null)?.status
  } catch (cause) {
    // What it printed may hold a token: only its own complaint is passed on.
    const told = isMap(cause) && typeof cause.stderr === 'string' ? cause.stderr.trim() : ''
    const why = cause instanceof SyntaxError ? 'it printed no JSON' : told || 'it could not be run'
    throw new KubeconfigError(`credential plugin ${command} failed: ${why}`)
  }
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

const stringOf = (value: unknown): string | undefined => (typeof value === 'string' && value ? value : undefined)

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
