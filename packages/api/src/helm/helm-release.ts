/** `HelmRelease`: installs a chart and keeps the release equal to its spec. */
import { ageReadyStatus } from '../columns.ts'
import { defineKind, type KindVersion, type Resource } from '../kind.ts'
import { commonMetadata, healthCheckExprs, ignoreRules, images, patches } from '../meta/customization.ts'
import { duration } from '../meta/duration.ts'
import { patchesJson6902, patchesStrategicMerge, valuesFile } from '../meta/older-fields.ts'
import { dependency, kubeConfig, suspend } from '../meta/references.ts'
import { olderVersion } from '../older-version.ts'
import { anything, array, boolean, integer, object, required, string } from '../schema/schema.ts'
import { annotations, controllers, groups } from '../well-known.ts'
import { install, rollback, test, uninstall, upgrade } from './helm-release-actions.ts'
import { chartRef, chartTemplate, valuesFrom } from './helm-release-chart.ts'
import { helmReleaseStatus } from './helm-release-status.ts'

function namespaceName(description: string) {
  return string(description, { minLength: 1, maxLength: 63 })
}

function spec() {
  return object(
    'Which chart with which values, and how the release is run.',
    {
      chart: chartTemplate(),
      chartRef: chartRef(),
      interval: required(duration('How often the release is compared with the spec when nothing changed.')),
      releaseName: string('Name of the release; `<targetNamespace>-<name>` or the name of this object when absent.', {
        minLength: 1,
        maxLength: 53,
      }),
      targetNamespace: namespaceName('Namespace to release into; that of this object when absent.'),
      storageNamespace: namespaceName('Namespace of the release records; that of this object when absent.'),
      valuesFrom: valuesFrom(),
      values: anything('Values of the chart.'),
      dependsOn: array(
        'HelmReleases that must be ready first.',
        dependency('One HelmRelease that must be ready first.', 'HelmRelease'),
      ),
      timeout: duration('How long one operation of Helm may take; five minutes when absent.'),
      install: install(),
      upgrade: upgrade(),
      test: test(),
      rollback: rollback(),
      uninstall: uninstall(),
      maxHistory: integer('How many revisions Helm keeps; 5 when absent, 0 for all.'),
      driftDetection: object('What happens when the cluster no longer equals the release.', {
        mode: string('Correct it, only warn, or do not look (the default).', {
          enum: ['enabled', 'warn', 'disabled'],
        }),
        ignore: ignoreRules('Fields whose changes in the cluster are left alone.'),
      }),
      waitStrategy: object('How it is decided that the objects are ready.', {
        name: required(string('By their own status, or as Helm 3 did.', { enum: ['poller', 'legacy'] })),
      }),
      healthCheckExprs: healthCheckExprs('How the health of custom kinds is read.'),
      commonMetadata: commonMetadata('Labels and annotations of every object of the release.'),
      postRenderers: array(
        'Changes to the rendered objects, in order.',
        object('One step.', {
          kustomize: object('Changes in the words of kustomize.', {
            patches: patches('Patches.'),
            images: images('Image names, tags and digests to replace.'),
          }),
        }),
      ),
      postRenderStrategy: string('Whether hooks are changed too: not, together with the rest, or by themselves.', {
        enum: ['nohooks', 'combined', 'separate'],
      }),
      serviceAccountName: string('Service account in this namespace to release as.', { minLength: 1, maxLength: 253 }),
      kubeConfig: kubeConfig('Another cluster to release to.'),
      persistentClient: boolean('Keeps one client during a reconciliation (the default).'),
      suspend: suspend(),
    },
    {
      rules: [
        {
          rule: '(has(self.chart) && !has(self.chartRef)) || (!has(self.chart) && has(self.chartRef))',
          message: 'either chart or chartRef must be set',
        },
      ],
    },
  )
}

const v2 = {
  name: 'v2',
  served: true,
  storage: true,
  columns: ageReadyStatus,
  spec,
  status: helmReleaseStatus,
} as const satisfies KindVersion

/** Came with v2 after its first release. */
const sinceV2 = [
  'commonMetadata',
  'dependsOn[].readyExpr',
  'healthCheckExprs',
  'install.disableSchemaValidation',
  'install.disableTakeOwnership',
  'install.serverSideApply',
  'install.strategy',
  'kubeConfig.configMapRef',
  'postRenderStrategy',
  'rollback.serverSideApply',
  'upgrade.chartNameChangeStrategy',
  'upgrade.disableSchemaValidation',
  'upgrade.disableTakeOwnership',
  'upgrade.serverSideApply',
  'upgrade.strategy',
  'valuesFrom[].literal',
  'waitStrategy',
]

/** What both older versions had besides, or otherwise. */
function beforeV2() {
  return {
    'chart.spec.valuesFile': valuesFile(),
    'postRenderers[].kustomize.patchesStrategicMerge': patchesStrategicMerge(),
    'postRenderers[].kustomize.patchesJson6902': patchesJson6902(),
    'chartRef.kind': required(string('Its kind.', { enum: ['OCIRepository', 'HelmChart'] })),
  }
}

const v2beta2 = olderVersion('HelmRelease', 'v2beta2', v2, () => ({
  without: sinceV2,
  with: beforeV2(),
  unchecked: ['kubeConfig'],
  required: ['kubeConfig.secretRef'],
}))

const v2beta1 = olderVersion('HelmRelease', 'v2beta1', v2, () => ({
  without: [...sinceV2, 'chart.spec.ignoreMissingValuesFiles', 'test.filters'],
  with: {
    ...beforeV2(),
    'chart.spec.verify.provider': required(
      string('The tool that made the signature.', { enum: ['cosign'], default: 'cosign' }),
    ),
  },
  unchecked: ['', 'chart.spec.chart', 'kubeConfig', 'serviceAccountName'],
  required: ['chart', 'kubeConfig.secretRef'],
}))

export const helmRelease = defineKind({
  group: groups.helm,
  kind: 'HelmRelease',
  plural: 'helmreleases',
  singular: 'helmrelease',
  shortNames: ['hr'],
  categories: ['all', 'fluxcd', 'fluxcd-appliers'],
  scope: 'Namespaced',
  description: 'A Helm chart with values, continuously released to a cluster.',
  component: controllers.helm,
  annotations: { [annotations.kustomizeSubstitute]: 'disabled' },
  versions: [v2, v2beta2, v2beta1],
})

export type HelmRelease = Resource<typeof helmRelease>
