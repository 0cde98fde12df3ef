/** A chart to what a release of it holds on this cluster. */
import { type Chart, type ClusterFacts, HelmError, type Manifest, renderChart, type Table } from '@sluice/helm'
import type { ActionOptions, RenderInputs } from '../action/action-options.ts'
import { ReleaseError } from '../action/release-error.ts'
import { recordedHook } from '../record/hook-record.ts'
import { recordedChart } from '../record/recorded-chart.ts'
import type { RecordedChart, RecordedHook } from '../record/release-record.ts'
import { clusterFacts } from './cluster-facts.ts'
import { clusterLookup } from './cluster-lookup.ts'
import { postRendered } from './post-render.ts'

export interface RenderedRelease {
  manifest: string
  hooks: RecordedHook[]
  notes: string | undefined
  chart: RecordedChart
}

type Inputs = Pick<ActionOptions, 'client' | 'name' | 'namespace' | 'now' | 'log'> & RenderInputs

/** Throws ReleaseError with the engine's own text. */
export async function renderRelease(
  chart: Chart,
  values: Table,
  options: Inputs,
  release: { revision: number; isUpgrade: boolean },
): Promise<RenderedRelease> {
  const { client, name, namespace, helmVersion: helm = '4.2', postRender, log } = options
  const cluster = options.capabilities ?? { cluster: await facts(client, chart) }
  try {
    const rendered = await renderChart(chart, values, {
      release: { name, namespace, ...release },
      cluster,
      helm,
      lookup: clusterLookup(client),
      resolveHost: options.resolveHost,
      unchecked: true,
      unsorted: postRender?.strategy === 'combined',
      subNotes: options.subNotes,
      skipSchemaValidation: options.disableSchemaValidation,
      now: options.now,
      warn: log,
    })
    const sorted = postRender ? await postRendered(rendered.files, rendered, postRender, helm) : rendered
    return {
      manifest: sorted.manifests.map(sourced).join(''),
      hooks: sorted.hooks.map(recordedHook),
      notes: rendered.notes,
      chart: recordedChart(rendered.chart),
    }
  } catch (error) {
    if (!(error instanceof HelmError)) throw error
    throw new ReleaseError('render', error.message, { cause: error })
  }
}

const sourced = ({ path, text }: Manifest): string => `---\n# Source: ${path}\n${text}\n`

async function facts(client: ActionOptions['client'], chart: Chart): Promise<ClusterFacts> {
  try {
    return await clusterFacts(client, asksForVersions(chart))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ReleaseError('unreachable', `kubernetes cluster unreachable: ${reason}`, { cause: error })
  }
}

const asking = new WeakMap<Chart, boolean>()

/** Whether a template mentions what the cluster serves; most charts do not, and need not hear the latest. */
function asksForVersions(chart: Chart): boolean {
  let answer = asking.get(chart)
  if (answer === undefined) {
    answer =
      chart.templates.some(({ content }) => Buffer.from(content).includes('APIVersions')) ||
      chart.subcharts.some(asksForVersions)
    asking.set(chart, answer)
  }
  return answer
}
