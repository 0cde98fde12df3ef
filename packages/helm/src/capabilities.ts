/** What templates learn about the cluster: `.Capabilities`. Without one, what Helm 4.1 assumes. */
import { apiVersions } from './api-versions.ts'
import { HelmError } from './helm-error.ts'

/** Versions a cluster serves, with `Has` for templates; holds `group/version` and, from discovery, `group/version/Kind`. */
export class VersionSet extends Array<string> {
  Has(version: string): boolean {
    return this.includes(version)
  }
}

export class KubeVersion {
  readonly Version: string
  readonly Major: string
  readonly Minor: string

  constructor(version: string, major: string, minor: string) {
    this.Version = version
    this.Major = major
    this.Minor = minor
  }

  get GitVersion(): string {
    return this.Version
  }

  /** How Go prints it. */
  String(): string {
    return this.Version
  }
}

export interface Capabilities {
  KubeVersion: KubeVersion
  APIVersions: VersionSet
  HelmVersion: { Version: string; GitCommit: string; GitTreeState: string; GoVersion: string }
}

export interface CapabilityOptions {
  /** `v1.33.0`, `1.33`; default that of the Kubernetes libraries in Helm. */
  kubeVersion?: string
  /** Versions besides those that Helm knows. */
  apiVersions?: readonly string[]
}

/** Throws HelmError for a version that is none. */
export function capabilities(options: CapabilityOptions = {}): Capabilities {
  return {
    KubeVersion: parseKubeVersion(options.kubeVersion ?? 'v1.35.0'),
    APIVersions: new VersionSet(...apiVersions, ...(options.apiVersions ?? [])),
    HelmVersion: { Version: 'v4.1.4', GitCommit: '', GitTreeState: '', GoVersion: 'go1.25.8' },
  }
}

export function parseKubeVersion(text: string): KubeVersion {
  const match = /^\s*v?(\d+)\.(\d+)(?:\.(\d+))?([-+].*)?\s*$/.exec(text)
  if (!match) {
    throw new HelmError(`invalid kube version '${text}': could not parse "${text}" as version; write it as v1.33.0`)
  }
  const [, major = '', minor = '', patch = '0'] = match
  return new KubeVersion(`v${major}.${minor}.${patch}`, major, minor)
}
