/** The chart repositories that `helm repo add` has recorded on this machine, with their logins and cached indexes. */
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { HttpAccess } from '@sluice/artifact'
import { parseFirst } from '@sluice/yaml'
import { UsageError } from '../usage-error.ts'

export interface ConfiguredRepository {
  name: string
  url: string
  access: HttpAccess
  /** Where helm keeps the index it fetched last. */
  cachedIndex: string
}

type Environment = Record<string, string | undefined>

const TIMEOUT_MS = 120_000

/** None without a file. @throws {UsageError} for a file that is none of helm's */
export async function configuredRepositories(env: Environment): Promise<ConfiguredRepository[]> {
  const config = env.HELM_CONFIG_HOME ?? join(env.XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'helm')
  const cache = env.HELM_CACHE_HOME ?? join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'helm')
  const file = env.HELM_REPOSITORY_CONFIG ?? join(config, 'repositories.yaml')
  const indexes = env.HELM_REPOSITORY_CACHE ?? join(cache, 'repository')
  const text = await readFile(file, 'utf8').catch(() => '')
  const value: unknown = parseFirst(text, { file })
  if (value === undefined || value === null) return []
  const list = isRecord(value) ? (value.repositories ?? []) : undefined
  if (!Array.isArray(list)) throw new UsageError(`${file}: expected a mapping with a list of repositories`)
  return Promise.all(list.filter(isRecord).map(entry => repositoryOf(entry, indexes)))
}

/** What the options of a command say about repositories that are not recorded. */
export interface AccessOptions {
  username?: string
  password?: string
  caFile?: string
  certFile?: string
  keyFile?: string
  insecureSkipTlsVerify?: boolean
}

export async function accessOf(options: AccessOptions): Promise<HttpAccess> {
  const { username, password, caFile, certFile, keyFile, insecureSkipTlsVerify } = options
  const [ca, cert, key] = await Promise.all([caFile, certFile, keyFile].map(pem))
  return { username, password, ca, cert, key, insecureSkipVerify: insecureSkipTlsVerify, timeoutMs: TIMEOUT_MS }
}

async function repositoryOf(entry: Record<string, unknown>, indexes: string): Promise<ConfiguredRepository> {
  const text = (key: string) => (typeof entry[key] === 'string' && entry[key] !== '' ? entry[key] : undefined)
  const access = await accessOf({
    username: text('username'),
    password: text('password'),
    caFile: text('caFile'),
    certFile: text('certFile'),
    keyFile: text('keyFile'),
    insecureSkipTlsVerify: entry.insecure_skip_tls_verify === true,
  })
  const name = text('name') ?? ''
  return {
    name,
    url: text('url') ?? '',
    access: { ...access, passCredentials: entry.pass_credentials_all === true },
    cachedIndex: join(indexes, `${name}-index.yaml`),
  }
}

async function pem(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined
  return readFile(file, 'utf8').catch((error: unknown) => {
    throw new UsageError(`cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`)
  })
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
