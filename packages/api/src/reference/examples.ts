/** One small, useful object of every kind, for the reference pages; a test checks them against the schemas. */
import type { FluxConfig } from '../clusterconfig/flux-config.ts'
import type { HelmRelease } from '../helm/helm-release.ts'
import type { ImagePolicy } from '../image/image-policy.ts'
import type { ImageRepository } from '../image/image-repository.ts'
import type { ImageUpdateAutomation } from '../image/image-update-automation.ts'
import type { Kustomization } from '../kustomize/kustomization.ts'
import type { Alert } from '../notification/alert.ts'
import type { Provider } from '../notification/provider.ts'
import type { Receiver } from '../notification/receiver.ts'
import type { KubeObject } from '../object.ts'
import type { ArtifactGenerator } from '../source/artifact-generator.ts'
import type { Bucket } from '../source/bucket.ts'
import type { ExternalArtifact } from '../source/external-artifact.ts'
import type { GitRepository } from '../source/git-repository.ts'
import type { HelmChart } from '../source/helm-chart.ts'
import type { HelmRepository } from '../source/helm-repository.ts'
import type { OCIRepository } from '../source/oci-repository.ts'

const gitRepository: GitRepository = {
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'GitRepository',
  metadata: { name: 'podinfo', namespace: 'apps' },
  spec: {
    url: 'https://github.com/stefanprodan/podinfo',
    interval: '5m',
    ref: { branch: 'master' },
    ignore: '/*\n!/kustomize\n',
  },
}

const ociRepository: OCIRepository = {
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'OCIRepository',
  metadata: { name: 'podinfo', namespace: 'apps' },
  spec: {
    url: 'oci://ghcr.io/stefanprodan/manifests/podinfo',
    interval: '10m',
    ref: { semver: '6.x' },
  },
}

const bucket: Bucket = {
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'Bucket',
  metadata: { name: 'deployments', namespace: 'apps' },
  spec: {
    bucketName: 'deployments',
    endpoint: 'minio.example.com:9000',
    interval: '5m',
    prefix: 'production/',
    secretRef: { name: 'minio-credentials' },
  },
}

const helmRepository: HelmRepository = {
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'HelmRepository',
  metadata: { name: 'podinfo', namespace: 'apps' },
  spec: { url: 'https://stefanprodan.github.io/podinfo', interval: '1h' },
}

const helmChart: HelmChart = {
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'HelmChart',
  metadata: { name: 'podinfo', namespace: 'apps' },
  spec: {
    chart: 'podinfo',
    version: '6.x',
    sourceRef: { kind: 'HelmRepository', name: 'podinfo' },
    interval: '10m',
  },
}

const externalArtifact: ExternalArtifact = {
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'ExternalArtifact',
  metadata: { name: 'nightly', namespace: 'apps' },
  spec: { sourceRef: { apiVersion: 'example.com/v1', kind: 'Build', name: 'nightly' } },
}

const artifactGenerator: ArtifactGenerator = {
  apiVersion: 'source.extensions.fluxcd.io/v1beta1',
  kind: 'ArtifactGenerator',
  metadata: { name: 'podinfo', namespace: 'apps' },
  spec: {
    sources: [
      { alias: 'platform', kind: 'GitRepository', name: 'platform' },
      { alias: 'chart', kind: 'OCIRepository', name: 'podinfo-chart' },
    ],
    artifacts: [
      {
        name: 'podinfo',
        originRevision: '@chart',
        copy: [
          { from: '@chart/', to: '@artifact/' },
          { from: '@platform/charts/podinfo/values.yaml', to: '@artifact/podinfo/values.yaml', strategy: 'Merge' },
        ],
      },
    ],
  },
}

const kustomization: Kustomization = {
  apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
  kind: 'Kustomization',
  metadata: { name: 'podinfo', namespace: 'apps' },
  spec: {
    sourceRef: { kind: 'GitRepository', name: 'podinfo' },
    path: './kustomize',
    targetNamespace: 'podinfo',
    interval: '10m',
    prune: true,
    wait: true,
    timeout: '2m',
    dependsOn: [{ name: 'infrastructure' }],
  },
}

const helmRelease: HelmRelease = {
  apiVersion: 'helm.toolkit.fluxcd.io/v2',
  kind: 'HelmRelease',
  metadata: { name: 'podinfo', namespace: 'apps' },
  spec: {
    chart: {
      spec: { chart: 'podinfo', version: '6.x', sourceRef: { kind: 'HelmRepository', name: 'podinfo' } },
    },
    interval: '10m',
    targetNamespace: 'podinfo',
    install: { createNamespace: true, remediation: { retries: 3 } },
    upgrade: { remediation: { retries: 3 } },
    values: { replicaCount: 2 },
  },
}

const provider: Provider = {
  apiVersion: 'notification.toolkit.fluxcd.io/v1beta3',
  kind: 'Provider',
  metadata: { name: 'slack', namespace: 'apps' },
  spec: { type: 'slack', channel: 'deployments', secretRef: { name: 'slack-webhook' } },
}

const alert: Alert = {
  apiVersion: 'notification.toolkit.fluxcd.io/v1beta3',
  kind: 'Alert',
  metadata: { name: 'failures', namespace: 'apps' },
  spec: {
    providerRef: { name: 'slack' },
    eventSeverity: 'error',
    eventSources: [
      { kind: 'Kustomization', name: '*' },
      { kind: 'HelmRelease', name: '*', namespace: 'podinfo' },
    ],
  },
}

const receiver: Receiver = {
  apiVersion: 'notification.toolkit.fluxcd.io/v1',
  kind: 'Receiver',
  metadata: { name: 'github', namespace: 'apps' },
  spec: {
    type: 'github',
    events: ['ping', 'push'],
    secretRef: { name: 'webhook-token' },
    resources: [{ kind: 'GitRepository', name: 'podinfo' }],
  },
}

const imageRepository: ImageRepository = {
  apiVersion: 'image.toolkit.fluxcd.io/v1',
  kind: 'ImageRepository',
  metadata: { name: 'podinfo', namespace: 'apps' },
  spec: { image: 'ghcr.io/stefanprodan/podinfo', interval: '5m' },
}

const imagePolicy: ImagePolicy = {
  apiVersion: 'image.toolkit.fluxcd.io/v1',
  kind: 'ImagePolicy',
  metadata: { name: 'podinfo', namespace: 'apps' },
  spec: { imageRepositoryRef: { name: 'podinfo' }, policy: { semver: { range: '6.x' } } },
}

const imageUpdateAutomation: ImageUpdateAutomation = {
  apiVersion: 'image.toolkit.fluxcd.io/v1',
  kind: 'ImageUpdateAutomation',
  metadata: { name: 'platform', namespace: 'apps' },
  spec: {
    sourceRef: { kind: 'GitRepository', name: 'platform' },
    interval: '30m',
    git: {
      checkout: { ref: { branch: 'main' } },
      commit: { author: { name: 'Sluice', email: 'sluice@example.com' } },
      push: { branch: 'image-updates' },
    },
    update: { path: './clusters/production', strategy: 'Setters' },
  },
}

const fluxConfig: FluxConfig = {
  apiVersion: 'clusterconfig.azure.com/v1alpha1',
  kind: 'FluxConfig',
  metadata: { name: 'cluster-config', namespace: 'cluster-config' },
  spec: {
    scope: 'cluster',
    sourceKind: 'GitRepository',
    gitRepository: {
      url: 'https://github.com/Azure/gitops-flux2-kustomize-helm-mt',
      ref: { branch: 'main' },
      syncInterval: '1m0s',
      timeout: '10m0s',
    },
    kustomizations: [
      { name: 'infra', path: './infrastructure', prune: true },
      { name: 'apps', path: './apps/staging', prune: true, dependsOn: ['infra'] },
    ],
  },
}

export const examples: readonly KubeObject[] = [
  gitRepository,
  ociRepository,
  bucket,
  helmRepository,
  helmChart,
  externalArtifact,
  artifactGenerator,
  kustomization,
  helmRelease,
  provider,
  alert,
  receiver,
  imageRepository,
  imagePolicy,
  imageUpdateAutomation,
  fluxConfig,
]
