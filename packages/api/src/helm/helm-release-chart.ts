/** Where a HelmRelease's chart comes from, and the values it gets. */
import { duration } from '../meta/duration.ts'
import { chartSignature } from '../meta/verification.ts'
import { array, boolean, map, object, required, string } from '../schema/schema.ts'
import { chartSelection } from '../source/helm-chart.ts'

function referenceFields() {
  return {
    apiVersion: string('API version; not needed.'),
    name: required(string('Its name.', { minLength: 1, maxLength: 253 })),
    namespace: string('Its namespace; that of the HelmRelease when absent.', { minLength: 1, maxLength: 63 }),
  }
}

export function chartTemplate() {
  return object('The HelmChart that the controller makes for this release.', {
    metadata: object('Labels and annotations of the HelmChart.', {
      labels: map('Labels to set.', string('Value of the label.')),
      annotations: map('Annotations to set.', string('Value of the annotation.')),
    }),
    spec: required(
      object('Which chart of which source, in which version.', {
        chart: required(
          string('Name of the chart in the repository, or its path in the source.', { minLength: 1, maxLength: 2048 }),
        ),
        sourceRef: required(
          object('Where the chart is.', {
            ...referenceFields(),
            kind: required(string('Kind of the source.', { enum: ['HelmRepository', 'GitRepository', 'Bucket'] })),
          }),
        ),
        interval: duration('How often the source is looked at for a newer chart; that of the release when absent.'),
        ...chartSelection(),
        verify: chartSignature('Signature that the chart must bear.'),
      }),
    ),
  })
}

export function chartRef() {
  return object('An object that already publishes the chart.', {
    ...referenceFields(),
    kind: required(string('Its kind.', { enum: ['OCIRepository', 'HelmChart', 'ExternalArtifact'] })),
  })
}

export function valuesFrom() {
  return array(
    'ConfigMaps and Secrets with values, merged in order; `values` comes last.',
    object('One set of values.', {
      kind: required(string('Where the values are.', { enum: ['Secret', 'ConfigMap'] })),
      name: required(string('Name of the ConfigMap or Secret.', { minLength: 1, maxLength: 253 })),
      valuesKey: string('Key in it; `values.yaml` when absent.', { maxLength: 253, pattern: '^[\\-._a-zA-Z0-9]+$' }),
      targetPath: string('Where a single value goes, in the notation of `helm --set`; a whole file when absent.', {
        maxLength: 250,
        pattern: '^([a-zA-Z0-9_\\-.\\\\\\/]|\\[[0-9]{1,5}\\])+$',
      }),
      optional: boolean('Goes on without it when it does not exist.'),
      literal: boolean('Takes the value for `targetPath` as it is, as `helm --set-literal` does.'),
    }),
  )
}
