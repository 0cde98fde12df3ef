import { fieldManagers, type HelmRelease } from '@sluice/api'
import type { Chart } from '@sluice/helm'
import { ignoredPaths, type KubeClient } from '@sluice/kube'
import { clusterWaiter, planUpgrade, secretStorage, type UpgradePlan } from '@sluice/release'
import { ChartCache } from './chart-cache.ts'
import { chartAnswer, chartSourceOf } from './chart-source.ts'
import { chartVersionOf } from './chart-version.ts'
import { composeValues } from './compose-values.ts'
import { isMarked } from './drift.ts'
import { postRendererOf } from './post-renderer.ts'
import { releaseNameOf, releaseNamespaceOf, storageNamespaceOf } from './release-spec.ts'

/** What releasing a HelmRelease as its spec is now would change on its cluster. Nothing is written. */
export interface PreviewOptions {
  object: HelmRelease
  client: KubeClient
  /** Instead of the chart that its source has. */
  chart?: Chart
  signal?: AbortSignal
}

/** Throws Error with the reason why a release is not possible. */
export async function previewRelease({ object, client, ...options }: PreviewOptions): Promise<UpgradePlan> {
  const { signal = new AbortController().signal } = options
  const [chart, values] = await Promise.all([
    options.chart ?? publishedChart(object, client, signal),
    composeValues(object, client),
  ])
  const waiter = clusterWaiter({ client })
  const { upgrade = {} } = object.spec
  try {
    return await planUpgrade({
      client,
      waiter,
      signal,
      chart,
      values,
      storage: secretStorage({
        client,
        namespace: storageNamespaceOf(object),
        manager: fieldManagers.helmController,
      }),
      manager: fieldManagers.helmController,
      name: releaseNameOf(object),
      namespace: releaseNamespaceOf(object),
      postRender: postRendererOf(object),
      takeOwnership: !upgrade.disableTakeOwnership,
      forceConflicts: true,
      serverSideApply: upgrade.serverSideApply === undefined ? 'auto' : modes[upgrade.serverSideApply],
      valuesFrom: upgrade.preserveValues ? 'reuse' : 'reset',
      disableOpenApiValidation: upgrade.disableOpenAPIValidation,
      disableSchemaValidation: upgrade.disableSchemaValidation,
      skipCrds: true,
      isExcluded: isMarked,
      ignored: ignoredPaths(object.spec.driftDetection?.ignore ?? []),
    })
  } finally {
    await waiter.close()
  }
}

const modes = { enabled: true, disabled: false, auto: 'auto' } as const

async function publishedChart(object: HelmRelease, client: KubeClient, signal: AbortSignal): Promise<Chart> {
  const ref = chartSourceOf(object)
  const source = await client.find(ref, signal)
  const answer = chartAnswer(object, source, { noCrossNamespaceRefs: false, externalArtifacts: true })
  if (answer.kind !== 'artifact') throw new Error(answer.message)
  const chart = await new ChartCache().load(answer.artifact, signal)
  const { version } = chartVersionOf(ref.kind, answer.artifact, chart.metadata.version)
  return { ...chart, metadata: { ...chart.metadata, version } }
}
