/** `HelmChart`: one chart at one version, pulled from a repository or packaged from a source, published as an artifact. */
import { ageReadyStatus, fieldColumn, readyStatusAge } from '../columns.ts'
import { defineKind, type KindVersion, type Resource } from '../kind.ts'
import { artifact } from '../meta/artifact.ts'
import { duration } from '../meta/duration.ts'
import { sharedWith, valuesFile } from '../meta/older-fields.ts'
import { suspend } from '../meta/references.ts'
import { reconcileStatus, unobserved } from '../meta/status.ts'
import { artifactSignature } from '../meta/verification.ts'
import { olderVersion } from '../older-version.ts'
import { array, boolean, object, required, string } from '../schema/schema.ts'
import { sourceKind } from './source-kind.ts'

/** When there is a new chart: fields that a HelmRelease's chart template has too. */
export function chartSelection() {
  return {
    version: string('Version or range of versions; only for charts of a HelmRepository.', { default: '*' }),
    reconcileStrategy: string('What makes a new chart: a new chart version, or any new revision of the source.', {
      enum: ['ChartVersion', 'Revision'],
      default: 'ChartVersion',
    }),
    valuesFiles: array('Values files merged into the default values, in order.', string('Path of one file.')),
    ignoreMissingValuesFiles: boolean('Goes on without values files that do not exist.'),
  }
}

function spec() {
  return object(
    'Which chart of which source, in which version.',
    {
      chart: required(string('Name of the chart in the repository, or its path in the source.')),
      sourceRef: required(
        object('Where the chart is.', {
          apiVersion: string('API version of the source; not needed.'),
          kind: required(string('Kind of the source.', { enum: ['HelmRepository', 'GitRepository', 'Bucket'] })),
          name: required(string('Name of the source.')),
        }),
      ),
      interval: required(duration('How often the source is looked at for a newer chart.')),
      ...chartSelection(),
      verify: artifactSignature('Signature that the chart must bear.', {}),
      suspend: suspend(),
    },
    {
      rules: [
        {
          rule: "!has(self.verify) || self.sourceRef.kind == 'HelmRepository'",
          message: "spec.verify is only supported when spec.sourceRef.kind is 'HelmRepository'",
        },
      ],
    },
  )
}

function status() {
  return object(
    'The chart that was made and what the controller observed.',
    {
      ...reconcileStatus(),
      artifact: artifact('The newest chart archive that was published.'),
      url: string('Address of the newest chart archive that does not change with the version.'),
      observedChartName: string('Name of the chart as its own `Chart.yaml` says.'),
      observedSourceArtifactRevision: string('Revision of the source that was looked at.'),
      observedValuesFiles: array('The values files that existed; with `ignoreMissingValuesFiles`.', string('Path.')),
    },
    unobserved(),
  )
}

const chartColumns = [
  fieldColumn('Chart', '.spec.chart'),
  fieldColumn('Version', '.spec.version'),
  fieldColumn('Source Kind', '.spec.sourceRef.kind'),
  fieldColumn('Source Name', '.spec.sourceRef.name'),
]

const v1 = {
  name: 'v1',
  served: true,
  storage: true,
  columns: [...chartColumns, ...ageReadyStatus],
  spec,
  status,
} as const satisfies KindVersion

const v1beta2 = olderVersion('HelmChart', 'v1beta2', v1, () => ({
  with: { accessFrom: sharedWith(), valuesFile: valuesFile() },
  unchecked: [''],
}))

const v1beta1 = olderVersion(
  'HelmChart',
  'v1beta1',
  v1,
  () => ({
    without: ['ignoreMissingValuesFiles', 'verify'],
    with: { accessFrom: sharedWith(), valuesFile: valuesFile() },
    unchecked: ['', 'interval'],
  }),
  [...chartColumns, ...readyStatusAge],
)

export const helmChart = defineKind({
  ...sourceKind,
  kind: 'HelmChart',
  plural: 'helmcharts',
  singular: 'helmchart',
  shortNames: ['hc'],
  description: 'A Helm chart at one version, published for the Helm controller.',
  versions: [v1, v1beta2, v1beta1],
})

export type HelmChart = Resource<typeof helmChart>
