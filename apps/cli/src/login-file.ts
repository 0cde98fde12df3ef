/**
 * Where the command line keeps its login to a fleet service: `$SLUICE_HOME/login` or `~/.sluice/login`, readable by
 * its owner only. It holds the service's address, what to trust, and a token that ends by itself; never a password.
 */
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

export interface Login {
  /** `https://host:port`. */
  service: string
  /** PEM of the authority to trust; the system's authorities when absent. */
  ca?: string
  username: string
  token: string
  /** ISO 8601. */
  expiresAt: string
  /** What commands use without `--subscription`. */
  subscription?: string
}

export class LoginError extends Error {
  override name = 'LoginError'
}

export function loginPath(home = process.env.SLUICE_HOME ?? join(homedir(), '.sluice')): string {
  return join(home, 'login')
}

export function saveLogin(login: Login, path = loginPath()): void {
  mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 })
  const temporary = `${path}.${process.pid}.tmp`
  writeFileSync(temporary, `${JSON.stringify(login, null, 2)}\n`, { mode: 0o600 })
  chmodSync(temporary, 0o600)
  renameSync(temporary, path)
}

export function removeLogin(path = loginPath()): void {
  rmSync(path, { force: true })
}

const hint = "Run 'sluice login --service URL --username NAME' first (see 'sluice login --help')."

function text(value: object, key: string): string | undefined {
  const found: unknown = Reflect.get(value, key)
  return typeof found === 'string' && found !== '' ? found : undefined
}

/** Throws {@link LoginError} when there is none or it has ended. */
export function readLogin(now: Date, path = loginPath()): Login {
  let parsed: unknown
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    throw new LoginError(
      missing ? `Not logged in to a fleet service. ${hint}` : `The login in ${path} cannot be read. ${hint}`,
    )
  }
  if (typeof parsed !== 'object' || parsed === null) throw new LoginError(`The login in ${path} is damaged. ${hint}`)
  const [service, username, token, expiresAt] = ['service', 'username', 'token', 'expiresAt'].map(key =>
    text(parsed, key),
  )
  if (!service || !username || !token || !expiresAt) throw new LoginError(`The login in ${path} is damaged. ${hint}`)
  if (new Date(expiresAt) <= now) throw new LoginError(`The login of '${username}' to ${service} has ended. ${hint}`)
  const ca = text(parsed, 'ca')
  const subscription = text(parsed, 'subscription')
  return { service, username, token, expiresAt, ...(ca ? { ca } : {}), ...(subscription ? { subscription } : {}) }
}
