/** What templates learn about the cluster: `.Capabilities`. Without one, what Helm 4.1 assumes. */
import { goMethodParameters, withGoType } from '@sluice/template'
import { apiVersions } from './api-versions.ts'
import { HelmError } from './helm-error.ts'

/** Versions a cluster serves, with `Has` for templates; holds `group/version` and, from discovery, `group/version/Kind`. */
export class VersionSet extends Array<string> {
  static holding(versions: Iterable<string>): VersionSet {
    const set = withGoType(new VersionSet(), 'common.VersionSet')
    for (const version of versions) set.push(version)
    return set
  }

  Has(version: string): boolean {
    return this.includes(version)
  }
}

goMethodParameters(VersionSet.prototype, { Has: ['string'] })

export class KubeVersion {
  static readonly goType = 'common.KubeVersion'
  readonly Version: string
  readonly Major: string
  readonly Minor: string
  /** What ranges are held against, and how Go prints it. */
  readonly #normalized: string

  constructor(version: string, major: string, minor: string, normalized = version) {
    this.Version = version
    this.Major = major
    this.Minor = minor
    this.#normalized = normalized
  }

  GitVersion(): string {
    return this.Version
  }

  String(): string {
    return this.#normalized
  }
}

/** The build of Helm that charts see. */
export class HelmBuild {
  static readonly goType = 'version.BuildInfo'
  static readonly jsonNames = {
    Version: 'version',
    GitCommit: 'git_commit',
    GitTreeState: 'git_tree_state',
    GoVersion: 'go_version',
    KubeClientVersion: 'kube_client_version',
  }
  readonly Version: string
  readonly GitCommit: string
  readonly GitTreeState: string
  readonly GoVersion: string
  readonly KubeClientVersion: string

  constructor(version: string, commit: string, tree: string, go: string, client: string) {
    this.Version = version
    this.GitCommit = commit
    this.GitTreeState = tree
    this.GoVersion = go
    this.KubeClientVersion = client
  }
}

/**
 * Whose rules count where they differ: those of the `helm` command 4.1.4, or those of the Helm 4.2 within Flux 2.9. 4.2 drops nulls of a chart's own
 * defaults, leaves the end of documents alone, divides them at every line that begins with `---`, and has `mustToToml`.
 */
export type HelmVersion = '4.1' | '4.2'

const builds: Record<HelmVersion, HelmBuild> = {
  '4.1': new HelmBuild('v4.1.4', '05fa37973dc9e42b76e1d2883494c87174b6074f', 'clean', 'go1.25.9', 'v1.35'),
  // A library is not told the commit it is built from.
  '4.2': new HelmBuild('v4.2', '', '', 'go1.26.0', 'v1.36'),
}

export class Capabilities {
  static readonly goType = '*common.Capabilities'
  readonly KubeVersion: KubeVersion
  readonly APIVersions: VersionSet
  readonly HelmVersion: HelmBuild

  constructor(kubeVersion: KubeVersion, versions: VersionSet, helm: HelmBuild) {
    this.KubeVersion = kubeVersion
    this.APIVersions = versions
    this.HelmVersion = helm
  }
}

export interface CapabilityOptions {
  /** `v1.33.0`, `1.33`; default that of the Kubernetes libraries in Helm 4.1. */
  kubeVersion?: string
  /** Versions besides those that Helm knows. */
  apiVersions?: readonly string[]
  /** What a cluster says of itself; nothing is assumed then, and the two above do not count. */
  cluster?: ClusterFacts
}

export interface ClusterFacts {
  /** `/version`: the numbers as text, as the server writes them. */
  version: { gitVersion: string; major: string; minor: string }
  /** All that it serves, as `group/version` and as `group/version/Kind`. */
  apiVersions: readonly string[]
}

/** Throws HelmError for a version that is none. */
export function capabilities(options: CapabilityOptions = {}, helm: HelmVersion = '4.1'): Capabilities {
  const { cluster } = options
  if (cluster) {
    const { gitVersion, major, minor } = cluster.version
    return new Capabilities(
      new KubeVersion(gitVersion, major, minor),
      VersionSet.holding(cluster.apiVersions),
      builds[helm],
    )
  }
  return new Capabilities(
    parseKubeVersion(options.kubeVersion ?? 'v1.35.0'),
    VersionSet.holding([...apiVersions, ...(options.apiVersions ?? [])]),
    builds[helm],
  )
}

/** A version of Kubernetes in any form that its own libraries read; what follows the numbers counts for nothing but `.Version`. */
export function parseKubeVersion(text: string): KubeVersion {
  const invalid = (reason: string) => new HelmError(`invalid kube version '${text}': ${reason}; write it as v1.33.0`)
  const numbers = /^\s*v?(\d+(?:\.\d+)*)/.exec(text)?.[1]
  if (numbers === undefined) throw invalid(`could not parse "${text}" as version`)
  const parts = numbers.split('.')
  const [major = '', minor] = parts
  if (minor === undefined) throw invalid(`illegal version string "${text}"`)
  if (/^0./.test(major)) throw invalid(`illegal zero-prefixed version component "${major}" in "${text}"`)
  const plain = parts.map(part => BigInt(part).toString())
  const written = text.startsWith('v') ? text : `v${text}`
  return new KubeVersion(written, major, plain[1] ?? '', `v${plain.join('.')}`)
}
