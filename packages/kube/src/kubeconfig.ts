import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { parseDocuments } from '@sluice/yaml'
import { KubeconfigError } from './kubeconfig-error.ts'
import { fileToken, tokenSource } from './token-source.ts'

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
  /** URL of an HTTP proxy to go through. */
  proxy?: string
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

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'

/** The access of this process: an explicit file, else `$KUBECONFIG`, else the pod's service account, else `~/.kube/config`. */
export function defaultAccess(options: { kubeconfig?: string; context?: string } = {}): ClusterAccess {
  if (options.kubeconfig) return accessFromFile(options.kubeconfig, options.context)
  const paths = (process.env.KUBECONFIG ?? '').split(delimiter).filter(path => path !== '')
  if (paths.length > 0) return accessFromFiles(paths, options.context)
  if (process.env.KUBERNETES_SERVICE_HOST && existsSync(join(SERVICE_ACCOUNT, 'token'))) return accessFromPod()
  const home = join(homedir(), '.kube', 'config')
  if (existsSync(home)) return accessFromFile(home, options.context)
  throw new KubeconfigError('no cluster to talk to: give --kubeconfig FILE, or set KUBECONFIG')
}

export function accessFromFile(path: string, context?: string): ClusterAccess {
  return accessOf([readKubeconfig(path)], context, LOCAL)
}

/** Several files as `$KUBECONFIG` may name them: the first to name something wins; those that do not exist are passed over. */
function accessFromFiles(paths: readonly string[], context?: string): ClusterAccess {
  const existing = paths.filter(path => existsSync(path))
  if (existing.length === 0) throw new KubeconfigError(`cannot read kubeconfig ${paths.join(', ')}: no such file`)
  return accessOf(existing.map(readKubeconfig), context, LOCAL)
}

/**
 * A kubeconfig that is not on this machine, from a Secret: files it refers to are left out, as Flux does, and without
 * leave it runs no program and trusts no server it cannot verify.
 */
export function accessFromKubeconfig(
  text: string,
  options: { context?: string; file?: string; allowExec?: boolean; allowInsecure?: boolean } = {},
): ClusterAccess {
  const { allowExec = false, allowInsecure = false } = options
  return accessOf([parseKubeconfig(text, options.file ?? 'kubeconfig')], options.context, { allowExec, allowInsecure })
}

interface Leave {
  allowExec: boolean
  allowInsecure: boolean
}

const LOCAL: Leave = { allowExec: true, allowInsecure: true }

interface Source {
  file: string
  /** What its relative paths are taken from; absent: it may name no files. */
  directory?: string
  config: Kubeconfig
}

function readKubeconfig(path: string): Source {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new KubeconfigError(`cannot read kubeconfig ${path}: ${messageOf(cause)}`, { cause })
  }
  return { ...parseKubeconfig(text, path), directory: dirname(resolve(path)) }
}

function parseKubeconfig(text: string, file: string): Source {
  const value: unknown = parseDocuments(text, { file })[0]?.value ?? {}
  if (!isMap(value))
    throw new KubeconfigError(`${file}: this is no kubeconfig: it must be a map with clusters and contexts`)
  for (const list of ['clusters', 'users', 'contexts']) {
    const entries = value[list] ?? []
    if (!Array.isArray(entries) || !entries.every(isMap))
      throw new KubeconfigError(`${file}: ${list} must be a list of maps`)
  }
  return { file, config: value }
}

function accessOf(sources: readonly Source[], asked: string | undefined, leave: Leave): ClusterAccess {
  const file = sources.map(source => source.file).join(', ')
  const current = sources.map(source => source.config['current-context']).find(name => name)
  const wanted = asked ?? current
  if (!wanted) throw new KubeconfigError(`${file}: no current-context: name one with --context`)
  const context = find(sources, 'contexts', wanted)?.entry.context
  if (!context) throw new KubeconfigError(`${file}: context "${wanted}" does not exist`)
  const clusterFound = find(sources, 'clusters', context.cluster)
  const cluster = clusterFound?.entry.cluster
  if (!cluster) throw new KubeconfigError(`${file}: cluster "${context.cluster ?? ''}" does not exist`)
  const userFound = find(sources, 'users', context.user)
  if (context.user && !userFound) throw new KubeconfigError(`${file}: user "${context.user}" does not exist`)
  const user = userFound?.entry.user ?? {}
  const server = stringOf(cluster.server)
  if (!server || !/^https?:\/\//.test(server)) {
    throw new KubeconfigError(`${file}: cluster "${context.cluster}" has no server: give its URL`)
  }
  const proxy = stringOf(cluster['proxy-url'])
  if (proxy && !/^https?:\/\//.test(proxy)) {
    throw new KubeconfigError(`${file}: cluster "${context.cluster}": proxy-url must be an http or https URL`)
  }
  const clusterPem = pemReader(cluster, clusterFound)
  const userPem = pemReader(user, userFound)
  const username = stringOf(user.username)
  return {
    server: server.replace(/\/+$/, ''),
    ca: clusterPem('certificate-authority'),
    insecure: leave.allowInsecure && cluster['insecure-skip-tls-verify'] === true,
    serverName: stringOf(cluster['tls-server-name']),
    proxy,
    clientCertificate: userPem('client-certificate'),
    clientKey: userPem('client-key'),
    token: tokenSource(user, { directory: userFound?.source.directory, allowExec: leave.allowExec }),
    basic: username ? `${username}:${stringOf(user.password) ?? ''}` : undefined,
    namespace: context.namespace || 'default',
  }
}

function find<L extends 'clusters' | 'users' | 'contexts'>(sources: readonly Source[], list: L, name?: string) {
  for (const source of sources) {
    const entries: readonly NonNullable<Kubeconfig[L]>[number][] = source.config[list] ?? []
    const entry = entries.find(e => e.name === name)
    if (entry) return { entry, source }
  }
  return undefined
}

/** Certificates and keys: as data, or in files when the kubeconfig is a file itself. */
function pemReader(from: Record<string, unknown>, found: { source: Source } | undefined) {
  return (key: string): string | undefined => {
    const data = from[`${key}-data`]
    if (typeof data === 'string' && data) return Buffer.from(data, 'base64').toString('utf8')
    const path = stringOf(from[key])
    const { directory, file } = found?.source ?? {}
    if (!path || !directory) return undefined
    try {
      return readFileSync(resolve(directory, path), 'utf8')
    } catch (cause) {
      throw new KubeconfigError(`${file}: cannot read ${key}: ${messageOf(cause)}`, { cause })
    }
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

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

const stringOf = (value: unknown): string | undefined => (typeof value === 'string' && value ? value : undefined)
