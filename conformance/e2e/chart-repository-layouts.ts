/**
 * A repository of the shape of Flux's and Azure's tutorials, in two layouts: infrastructure (sources and an ingress controller) and an
 * application, all from charts.
 */
type Files = Record<string, string | null>

const kustomize = (resources: string[], more = '') =>
  `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n${more}resources:\n${resources.map(r => `  - ${r}\n`).join('')}`
const namespace = (name: string) => `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ${name}\n`

const repository = (apiVersion: string, name: string, url: string) =>
  `apiVersion: source.toolkit.fluxcd.io/${apiVersion}\nkind: HelmRepository\nmetadata:\n  name: ${name}\nspec:\n  interval: 5m\n  url: ${url}\n`

interface Release {
  apiVersion: string
  name: string
  namespace: string
  chart: string
  version: string
  repository: string
  more?: string
  values: string
}

const release = ({ apiVersion, name, namespace, chart, version, repository, more = '', values }: Release) =>
  `apiVersion: helm.toolkit.fluxcd.io/${apiVersion}
kind: HelmRelease
metadata:
  name: ${name}
  namespace: ${namespace}
spec:
  interval: 5m
  releaseName: ${name}
${more}  chart:
    spec:
      chart: ${chart}
      version: "${version}"
      sourceRef:
        kind: HelmRepository
        name: ${repository}
        namespace: cluster-config
  install:
    remediation:
      retries: 3
  values:
${values
  .split('\n')
  .map(line => `    ${line}\n`)
  .join('')}`

const overlay = (place: 'staging' | 'production', apiVersion: string, namespace: string): Files => ({
  [`apps/${place}/kustomization.yaml`]: kustomize(['../base/podinfo'], 'patches:\n  - path: podinfo-values.yaml\n'),
  [`apps/${place}/podinfo-values.yaml`]: `apiVersion: helm.toolkit.fluxcd.io/${apiVersion}
kind: HelmRelease
metadata:
  name: podinfo
  namespace: ${namespace}
spec:
  values:
    host: podinfo.${place}
`,
})

/** Releases live in the namespaces that they release into, and take their charts from a repository in another one. */
export function acrossNamespaces(url: string): Files {
  const release1 = (one: Omit<Release, 'apiVersion' | 'namespace'>) =>
    release({ ...one, apiVersion: 'v2beta1', namespace: one.name })
  return {
    ...layout(url, 'v1beta2'),
    'apps/base/podinfo/release.yaml': release1({
      name: 'podinfo',
      chart: 'podinfo',
      version: '>=1.0.0',
      repository: 'podinfo',
      values: 'replicaCount: 2',
    }),
    'infrastructure/nginx/release.yaml': release1({
      name: 'nginx',
      chart: 'ingress-nginx',
      version: '4.x',
      repository: 'ingress-nginx',
      values: 'color: green',
    }),
    ...overlay('staging', 'v2beta1', 'podinfo'),
    ...overlay('production', 'v2beta1', 'podinfo'),
  }
}

/** Everything of Flux lives in the namespace of the configuration; releases go where `targetNamespace` says. */
export function inOneNamespace(url: string, podinfo: { version: string; color: string }): Files {
  const release2 = (one: Omit<Release, 'apiVersion' | 'namespace'>) =>
    release({
      ...one,
      apiVersion: 'v2',
      namespace: 'cluster-config',
      more: `  targetNamespace: ${one.name}\n${one.more ?? ''}`,
    })
  return {
    ...layout(url, 'v1'),
    'apps/base/podinfo/release.yaml': release2({
      name: 'podinfo',
      chart: 'podinfo',
      version: podinfo.version,
      repository: 'podinfo',
      more: '  valuesFrom:\n    - kind: ConfigMap\n      name: podinfo-values\n',
      values: 'replicaCount: 2',
    }),
    'apps/base/podinfo/kustomization.yaml': kustomize(
      ['namespace.yaml', 'release.yaml'],
      'configurations:\n  - names.yaml\nconfigMapGenerator:\n  - name: podinfo-values\n    namespace: cluster-config\n    files: [values.yaml]\n',
    ),
    'apps/base/podinfo/values.yaml': `color: ${podinfo.color}\n`,
    'apps/base/podinfo/names.yaml':
      'nameReference:\n  - kind: ConfigMap\n    version: v1\n    fieldSpecs:\n      - path: spec/valuesFrom/name\n        kind: HelmRelease\n',
    'infrastructure/nginx/release.yaml': release2({
      name: 'nginx',
      chart: 'ingress-nginx',
      version: '4.x',
      repository: 'ingress-nginx',
      values: 'color: green',
    }),
    // The chart lies in this repository; which source that is, the configuration fills in.
    'infrastructure/kustomization.yaml': kustomize(['sources', 'nginx', 'hello.yaml']),
    'infrastructure/hello.yaml': `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: hello
  namespace: cluster-config
  annotations:
    clusterconfig.azure.com/use-managed-source: "true"
spec:
  interval: 5m
  targetNamespace: nginx
  chart:
    spec:
      chart: ./charts/hello
`,
    'charts/hello/Chart.yaml': 'apiVersion: v2\nname: hello\nversion: 0.1.0\n',
    'charts/hello/templates/hello.yaml':
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: hello\ndata:\n  chart: {{ .Chart.Name }}-{{ .Chart.Version }}\n',
    ...overlay('staging', 'v2', 'cluster-config'),
    ...overlay('production', 'v2', 'cluster-config'),
  }
}

/** A team's own folder: one release in its namespace, and one that reaches into another when `reach` says which. */
export function tenant(url: string, namespace: string, reach?: string): Files {
  const web = (name: string, more: string) => `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: ${name}
  namespace: ${namespace}
spec:
  interval: 5m
${more}  chart:
    spec:
      chart: podinfo
      sourceRef:
        kind: HelmRepository
        name: charts
`
  return {
    'team/charts.yaml': repository('v1', 'charts', url).replace('metadata:', `metadata:\n  namespace: ${namespace}`),
    'team/web.yaml': web('web', ''),
    'team/reach.yaml': reach === undefined ? null : web('reach', `  targetNamespace: ${reach}\n`),
  }
}

/** What both have. */
const layout = (url: string, sources: string): Files => ({
  'infrastructure/kustomization.yaml': kustomize(['sources', 'nginx']),
  'infrastructure/sources/kustomization.yaml': kustomize(
    ['podinfo.yaml', 'ingress-nginx.yaml'],
    'namespace: cluster-config\n',
  ),
  'infrastructure/sources/podinfo.yaml': repository(sources, 'podinfo', url),
  'infrastructure/sources/ingress-nginx.yaml': repository(sources, 'ingress-nginx', url),
  'infrastructure/nginx/kustomization.yaml': kustomize(['namespace.yaml', 'release.yaml']),
  'infrastructure/nginx/namespace.yaml': namespace('nginx'),
  'apps/base/podinfo/kustomization.yaml': kustomize(['namespace.yaml', 'release.yaml']),
  'apps/base/podinfo/namespace.yaml': namespace('podinfo'),
})
