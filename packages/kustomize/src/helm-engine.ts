/**
 * What `helmCharts` need of Helm, as an interface: the build itself runs in a browser and must not carry an engine along that few kustomizations
 * ask for. `@sluice/kustomize/helm` has the implementation.
 */
export interface ChartFile {
  /** Relative to the chart, with slashes. */
  path: string
  content: Uint8Array
}

/** A chart that does not lie in the tree. */
export interface ChartRequest {
  name: string
  /** Empty: the newest. */
  version: string
  /** URL of a repository, or `oci://`. */
  repo: string
  /** Whether versions before a release count. */
  devel: boolean
}

export interface HelmTemplateOptions {
  /** The default is `release-name`, as that of `helm template`. */
  releaseName: string
  nameTemplate: string
  namespace: string
  apiVersions: readonly string[]
  kubeVersion: string
  includeCRDs: boolean
  skipHooks: boolean
  skipTests: boolean
}

export interface HelmEngine {
  /** The files of a chart of a repository. */
  pull(request: ChartRequest): Promise<readonly ChartFile[]>
  /** What `helm template` prints for a chart's files and the texts of values files, of which the later ones win. */
  template(
    files: readonly ChartFile[],
    values: readonly { name: string; text: string }[],
    options: HelmTemplateOptions,
    warn: (line: string) => void,
  ): Promise<string>
}
