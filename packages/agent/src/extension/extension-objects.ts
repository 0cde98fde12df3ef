import { allCrds, fluxConfigNames, groups, type KubeObject, labels } from '@sluice/api'
import type { FluxSettings } from './extension-settings.ts'

/**
 * Everything that the extension `microsoft.flux` puts into a cluster, in the order it is applied: definitions, namespace, service
 * account, roles as stock Flux has them, and the Deployment that runs the controllers of this build. Pure.
 */
export interface ExtensionPlace {
  /** Name of the extension resource, normally `flux`. */
  name: string
  version: string
  /** Container image that holds this program. */
  image: string
}

export const deploymentName = 'flux-controllers'
/** Says which extension an object came with. */
export const extensionLabel = 'clusterconfig.azure.com/extension'

const { extensionNamespace: namespace } = fluxConfigNames
const rbac = 'rbac.authorization.k8s.io'
const DATA = '/data'
const HTTP_PORT = 8080
const ARTIFACT_PORT = 9090

export function extensionLabels(place: Pick<ExtensionPlace, 'name' | 'version'>): Record<string, string> {
  return {
    [labels.partOf]: 'flux',
    [labels.instance]: place.name,
    [labels.version]: place.version,
    [labels.managedBy]: 'sluice',
    [extensionLabel]: place.name,
  }
}

export function extensionDefinitions(place: ExtensionPlace): KubeObject[] {
  return allCrds({ labels: extensionLabels(place) })
}

export function extensionObjects(place: ExtensionPlace, settings: FluxSettings): KubeObject[] {
  const marked = extensionLabels(place)
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: marked } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: deploymentName, namespace, labels: marked } },
    ...accessObjects(marked),
    deployment(place, settings),
  ]
}

const fluxGroups = [groups.source, groups.kustomize, groups.helm, groups.notification, groups.image]

function accessObjects(marked: Record<string, string>): KubeObject[] {
  const role = (name: string, more: Record<string, string>, rules: object[]): KubeObject => ({
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRole',
    metadata: { name, labels: { ...marked, ...more } },
    rules,
  })
  const bound = (name: string, to: string): KubeObject => ({
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name, labels: marked },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: to },
    subjects: [{ kind: 'ServiceAccount', name: deploymentName, namespace }],
  })
  const aggregate = (to: string): Record<string, string> => ({ [`${rbac}/aggregate-to-${to}`]: 'true' })
  const all = ['*']
  return [
    role('crd-controller-flux-system', {}, [
      ...[...fluxGroups, groups.clusterconfig].map(group => ({ apiGroups: [group], resources: all, verbs: all })),
      {
        apiGroups: [''],
        resources: ['namespaces', 'secrets', 'configmaps', 'serviceaccounts'],
        verbs: ['get', 'list', 'watch'],
      },
      { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
      { apiGroups: [''], resources: ['serviceaccounts/token'], verbs: ['create'] },
      {
        apiGroups: ['coordination.k8s.io'],
        resources: ['leases'],
        verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'],
      },
    ]),
    bound('crd-controller-flux-system', 'crd-controller-flux-system'),
    bound('cluster-reconciler-flux-system', 'cluster-admin'),
    role('flux-view-flux-system', { ...aggregate('admin'), ...aggregate('edit'), ...aggregate('view') }, [
      { apiGroups: fluxGroups, resources: all, verbs: ['get', 'list', 'watch'] },
      { apiGroups: [groups.clusterconfig], resources: ['fluxconfigs'], verbs: ['get', 'list', 'watch'] },
    ]),
    role('flux-edit-flux-system', { ...aggregate('admin'), ...aggregate('edit') }, [
      { apiGroups: fluxGroups, resources: all, verbs: ['create', 'delete', 'deletecollection', 'patch', 'update'] },
    ]),
  ]
}

/** What `sluice controllers` is told. */
export function controllerArguments(settings: FluxSettings): string[] {
  const tenancy = ['--default-service-account=flux-applier', '--no-cross-namespace-refs']
  return [
    'controllers',
    '--only',
    settings.controllers.join(','),
    '--storage-path',
    DATA,
    ...(settings.enforceMultiTenancy ? tenancy : []),
    ...(settings.logLevel === 'info' ? [] : [`--log-level=${settings.logLevel}`]),
    ...(settings.concurrent === undefined ? [] : [`--concurrent=${settings.concurrent}`]),
    ...(settings.requeueDependency === undefined ? [] : [`--requeue-dependency=${settings.requeueDependency}`]),
    ...helmArguments(settings),
  ]
}

function helmArguments({ controllers, helm }: FluxSettings): string[] {
  if (!controllers.includes('helm')) return []
  const { memoryThreshold, memoryInterval } = helm
  const gates = [...(helm.detectDrift ? ['DetectDrift=true'] : []), ...(helm.watchMemory ? ['OOMWatch=true'] : [])]
  return [
    ...(gates.length > 0 ? [`--feature-gates=${gates.join(',')}`] : []),
    ...(memoryThreshold === undefined ? [] : [`--oom-watch-memory-threshold=${memoryThreshold}`]),
    ...(memoryInterval === undefined ? [] : [`--oom-watch-interval=${memoryInterval}`]),
  ]
}

function deployment(place: ExtensionPlace, settings: FluxSettings): KubeObject {
  const app = { app: deploymentName }
  const marked = extensionLabels(place)
  const fromPod = (fieldPath: string) => ({ valueFrom: { fieldRef: { fieldPath } } })
  const probe = (path: string) => ({ httpGet: { path, port: 'http-prom' } })
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: deploymentName, namespace, labels: { ...marked, ...app } },
    spec: {
      replicas: 1,
      // Two sets of controllers at once would do everything twice.
      strategy: { type: 'Recreate' },
      selector: { matchLabels: app },
      template: {
        metadata: {
          labels: { ...marked, ...app },
          annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': String(HTTP_PORT) },
        },
        spec: {
          serviceAccountName: deploymentName,
          terminationGracePeriodSeconds: 30,
          priorityClassName: 'system-cluster-critical',
          containers: [
            {
              name: 'manager',
              image: place.image,
              imagePullPolicy: 'IfNotPresent',
              args: controllerArguments(settings),
              env: [
                { name: 'RUNTIME_NAMESPACE', ...fromPod('metadata.namespace') },
                { name: 'POD_NAME', ...fromPod('metadata.name') },
                {
                  name: 'MEMORY_LIMIT',
                  valueFrom: { resourceFieldRef: { containerName: 'manager', resource: 'limits.memory' } },
                },
              ],
              ports: [
                { name: 'http-prom', containerPort: HTTP_PORT, protocol: 'TCP' },
                { name: 'http', containerPort: ARTIFACT_PORT, protocol: 'TCP' },
              ],
              readinessProbe: probe('/readyz'),
              livenessProbe: probe('/healthz'),
              resources: {
                requests: { cpu: '100m', memory: '128Mi', ...settings.resources.requests },
                limits: { memory: '1Gi', ...settings.resources.limits },
              },
              securityContext: {
                allowPrivilegeEscalation: false,
                capabilities: { drop: ['ALL'] },
                runAsNonRoot: true,
                seccompProfile: { type: 'RuntimeDefault' },
              },
              volumeMounts: [{ name: 'data', mountPath: DATA }],
            },
          ],
          volumes: [{ name: 'data', emptyDir: {} }],
        },
      },
    },
  }
}
