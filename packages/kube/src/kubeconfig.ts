import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { parseDocuments } from '@sluice/yaml'

/**
 * Where an API server is and who we are there, read as client-go reads it: a kubeconfig (a file, `$KUBECONFIG`,
 * `~/.kube/config`) or the service account of the pod we run in.
 */
export interface ClusterAccess {
  /** Base URL of the API server, without a trailing slash. */
  server: string
  /** PEM of the authorities to trust; absent: the system's. */
  ca?: string
  /** Accept any server certificate. Only with `insecure-skip-tls-verify`. */
  insecure?: boolean
  serverName?: string
  clientCertificate?: string
  clientKey?: string
  /** The bearer token to send, asked anew for each request because files and plugins renew theirs. */
  token?: () => Promise<string>
  /** `user:password` for basic authentication. */
  basic?: string
  /** Namespace of the context, `default` when it names none. */
  namespace: string
}

interface NamedCluster {
  name: string
  cluster?: Record<string, unknown>
}
interface NamedUser {
  name: string
  user?: Record<string, unknown>
}
interface NamedContext {
  name: string
  context?: { cluster?: string; user?: string; namespace?: string }
}
interface Kubeconfig {
  'current-context'?: string
  clusters?: NamedCluster[]
  users?: NamedUser[]
  contexts?: NamedContext[]
}

export class KubeconfigError extends Error {
  override name = 'KubeconfigError'
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'

/** The access of this process: an explicit file, else `$KUBECONFIG`, else the pod's service account, else `~/.kube/config`. */
export function defaultAccess(options: { kubeconfig?: string; context?: string } = {}): ClusterAccess {
  const named = options.kubeconfig ?? process.env.KUBECONFIG
  if (named) return accessFromFile(named, options.context)
  if (process.env.KUBERNETES_SERVICE_HOST && existsSync(join(SERVICE_ACCOUNT, 'token'))) return accessFromPod()
  const home = join(homedir(), '.kube', 'config')
  if (existsSync(home)) return accessFromFile(home, options.context)
  throw new KubeconfigError('no cluster to talk to: give --kubeconfig FILE, or set KUBECONFIG')
}

export function accessFromFile(path: string, context?: string): ClusterAccess {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new KubeconfigError(`cannot read kubeconfig ${path}: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    })
  }
  return accessFromKubeconfig(text, { context, directory: dirname(resolve(path)), file: path })
}

/** Relative file references are taken from `directory`; without it, files and plugins are refused (a kubeconfig from a Secret). */
export function accessFromKubeconfig(
  text: string,
  options: { context?: string; directory?: string; file?: string } = {},
): ClusterAccess {
  const file = options.file ?? 'kubeconfig'
  const config = (parseDocuments(text, { file })[0]?.value ?? {}) as Kubeconfig
  const wanted = options.context ?? config['current-context']
  const context = config.contexts?.find(c => c.name === wanted)?.context
  if (!context) throw new KubeconfigError(`${file}: context "${wanted ?? ''}" does not exist`)
  const cluster = config.clusters?.find(c => c.name === context.cluster)?.cluster
  if (!cluster) throw new KubeconfigError(`${file}: cluster "${context.cluster ?? ''}" does not exist`)
  const user = config.users?.find(u => u.name === context.user)?.user ?? {}
  const pem = (from: Record<string, unknown>, key: string): string | undefined => {
    const data = from[`${key}-data`]
    if (typeof data === 'string' && data) return Buffer.from(data, 'base64').toString('utf8')
    const path = from[key]
    if (typeof path !== 'string' || !path || !options.directory) return undefined
    return readFileSync(resolve(options.directory, path), 'utf8')
  }
  const server = stringOf(cluster.server)
  if (!server) throw new KubeconfigError(`${file}: cluster "${context.cluster}" has no server`)
  const username = stringOf(user.username)
  return {
    server: server.replace(/\/+$/, ''),
    ca: pem(cluster, 'certificate-authority'),
    insecure: cluster['insecure-skip-tls-verify'] === true,
    serverName: stringOf(cluster['tls-server-name']),
    clientCertificate: pem(user, 'client-certificate'),
    clientKey: pem(user, 'client-key'),
    token: tokenSource(user, options.directory),
    basic: username ? `${username}:${stringOf(user.password) ?? ''}` : undefined,
    namespace: context.namespace || 'default',
  }
}

function accessFromPod(): ClusterAccess {
  const host = process.env.KUBERNETES_SERVICE_HOST ?? ''
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${process.env.KUBERNETES_SERVICE_PORT ?? '443'}`,
    ca: readFileSync(join(SERVICE_ACCOUNT, 'ca.crt'), 'utf8'),
    token: fileToken(join(SERVICE_ACCOUNT, 'token')),
    namespace: readFileSync(join(SERVICE_ACCOUNT, 'namespace'), 'utf8').trim() || 'default',
  }
}

function tokenSource(
  user: Record<string, unknown>,
  directory: string | undefined,
): (() => Promise<string>) | undefined {
  const file = stringOf(user.tokenFile)
  if (file && directory) return fileToken(resolve(directory, file))
  const token = stringOf(user.token)
  if (token) return async () => token
  if (user.exec && directory) return execToken(user.exec as ExecConfig)
  return undefined
}

/** Projected tokens are renewed on disk: read again every minute, as client-go does. */
function fileToken(path: string): () => Promise<string> {
  let value = ''
  let readAt = Number.NEGATIVE_INFINITY
  return async () => {
    if (performance.now() - readAt > 60_000) {
      value = readFileSync(path, 'utf8').trim()
      readAt = performance.now()
    }
    return value
  }
}

interface ExecConfig {
  command: string
  args?: string[]
  env?: { name: string; value: string }[]
  apiVersion?: string
}

/** Credential plugins of kubeconfig (`client.authentication.k8s.io`), asked again when their token expires. */
function execToken(config: ExecConfig): () => Promise<string> {
  let token = ''
  let expires = Number.NEGATIVE_INFINITY
  return async () => {
    if (Date.now() < expires) return token
    const info = { apiVersion: config.apiVersion, kind: 'ExecCredential', spec: { interactive: false } }
    const env = { ...process.env, KUBERNETES_EXEC_INFO: JSON.stringify(info) }
    for (const { name, value } of config.env ?? []) Object.assign(env, { [name]: value })
    const { stdout } = await promisify(execFile)(config.command, config.args ?? [], { env, timeout: 60_000 })
    const status = (JSON.parse(stdout) as { status?: { token?: string; expirationTimestamp?: string } }).status
    if (!status?.token) throw new KubeconfigError(`credential plugin ${config.command} gave no token`)
    token = status.token
    expires = status.expirationTimestamp ? Date.parse(status.expirationTimestamp) - 10_000 : Date.now() + 600_000
    return token
  }
}

const stringOf = (value: unknown): string | undefined => (typeof value === 'string' && value ? value : undefined)
