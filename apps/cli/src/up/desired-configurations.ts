/** Which Flux configurations `sluice up` creates, and where: of the example repository, or of the user's own with `--repo`. */

/** `properties` of a `Microsoft.KubernetesConfiguration/fluxConfigurations` resource, as far as we set them. */
export interface ConfigurationProperties {
  scope: 'cluster' | 'namespace'
  namespace: string
  sourceKind: 'GitRepository'
  gitRepository: {
    url: string
    repositoryRef: { branch?: string; tag?: string; commit?: string }
    syncIntervalInSeconds: number
    timeoutInSeconds: number
    httpsUser?: string
  }
  kustomizations: Record<string, KustomizationProperties>
  configurationProtectedSettings?: Record<string, string>
}

interface KustomizationProperties {
  path: string
  dependsOn?: string[]
  prune: boolean
  wait: boolean
  syncIntervalInSeconds: number
  timeoutInSeconds: number
  retryIntervalInSeconds: number
}

export interface DesiredConfiguration {
  cluster: string
  name: string
  properties: ConfigurationProperties
}

/** A repository of the user's, and what of it to deploy. */
export interface OwnRepository {
  url: string
  ref: { branch?: string; tag?: string; commit?: string }
  paths: readonly string[]
}

const kustomizationOf = (path: string, dependsOn?: string[]): KustomizationProperties => ({
  path,
  ...(dependsOn ? { dependsOn } : {}),
  prune: true,
  wait: true,
  syncIntervalInSeconds: 600,
  timeoutInSeconds: 300,
  retryIntervalInSeconds: 10,
})

/** A push to our own server is announced to the clusters, so the interval is only a net below that. */
const sourceOf = (url: string, ref: OwnRepository['ref']): ConfigurationProperties['gitRepository'] => ({
  url,
  repositoryRef: ref,
  syncIntervalInSeconds: 60,
  timeoutInSeconds: 60,
})

/** The configuration of the platform itself: everything it deploys, as the cluster's administrator. */
const platformOf = (
  cluster: string,
  gitRepository: ConfigurationProperties['gitRepository'],
  kustomizations: Record<string, KustomizationProperties>,
): DesiredConfiguration => ({
  cluster,
  name: 'cluster-config',
  properties: {
    scope: 'cluster',
    namespace: 'cluster-config',
    sourceKind: 'GitRepository',
    gitRepository,
    kustomizations,
  },
})

/** The platform on every cluster (the first is staging, the others are production), and one tenant team on the first. */
export function exampleConfigurations(clusters: readonly string[], url: string): DesiredConfiguration[] {
  const gitRepository = sourceOf(url, { branch: 'main' })
  const platform = clusters.map((cluster, index) =>
    platformOf(cluster, gitRepository, {
      infra: kustomizationOf('./infra'),
      apps: kustomizationOf(`./apps/overlays/${index === 0 ? 'staging' : 'production'}`, ['infra']),
    }),
  )
  const team = clusters.slice(0, 1).map(
    (cluster): DesiredConfiguration => ({
      cluster,
      name: 'team-a',
      properties: {
        scope: 'namespace',
        namespace: 'team-a',
        sourceKind: 'GitRepository',
        gitRepository,
        kustomizations: { app: kustomizationOf('./teams/team-a') },
      },
    }),
  )
  return [...platform, ...team]
}

/** One configuration on every cluster, a kustomization for each path. */
export function ownConfigurations(clusters: readonly string[], repository: OwnRepository): DesiredConfiguration[] {
  const { url, user, password } = splitCredentials(repository.url)
  const names = kustomizationNames(repository.paths)
  const gitRepository = { ...sourceOf(url, repository.ref), ...(user ? { httpsUser: user } : {}) }
  const kustomizations = Object.fromEntries(
    repository.paths.map((path, index) => [names[index] ?? `path-${index}`, kustomizationOf(path)]),
  )
  const secret = password && {
    configurationProtectedSettings: { httpsKey: Buffer.from(password).toString('base64') },
  }
  return clusters.map(cluster => {
    const { name, properties } = platformOf(cluster, gitRepository, kustomizations)
    return { cluster, name, properties: { ...properties, ...(secret || {}) } }
  })
}

/** Credentials of a URL go where they are kept secret. */
export function splitCredentials(text: string): { url: string; user?: string; password?: string } {
  if (!URL.canParse(text)) return { url: text }
  const url = new URL(text)
  const user = decodeURIComponent(url.username)
  const password = decodeURIComponent(url.password)
  if (!user && !password) return { url: text }
  url.username = ''
  url.password = ''
  return { url: url.href, user: user || 'git', ...(password ? { password } : {}) }
}

/** A name for each path: its words joined, shortened from the front, numbered when two would be the same. */
export function kustomizationNames(paths: readonly string[]): string[] {
  const taken = new Set<string>()
  return paths.map(path => {
    const words = path.toLowerCase().replace(/[^a-z0-9]+/g, '-')
    const base =
      words
        .replace(/^-+|-+$/g, '')
        .slice(-40)
        .replace(/^-+/, '') || 'root'
    let name = base
    for (let count = 2; taken.has(name); count++) name = `${base}-${count}`
    taken.add(name)
    return name
  })
}
