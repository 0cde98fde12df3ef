/** Prints what the next upgrade of a HelmRelease would change: the work behind `sluice diff helmrelease`. */
import { apiVersionOf, type HelmRelease, helmRelease } from '@sluice/api'
import { previewRelease } from '@sluice/flux'
import { loadChart, readChart } from '@sluice/helm'
import { type ClusterOptions, clientOf } from '../cluster/client-options.ts'
import { document, type OutputFormat } from '../output.ts'
import { writeOut } from '../standard-output.ts'
import { changeLines } from './change-lines.ts'

interface DiffReleaseOptions extends ClusterOptions {
  /** Of the disk, instead of the chart that the cluster has. */
  chart?: string
  output: OutputFormat
}

/** Answers whether anything would change. */
export async function diffRelease(name: string, options: DiffReleaseOptions): Promise<boolean> {
  const client = clientOf(options)
  const ref = { apiVersion: apiVersionOf(helmRelease), kind: helmRelease.kind, namespace: options.namespace, name }
  const object = await client.get<HelmRelease>(ref)
  const chart = options.chart === undefined ? undefined : await loadChart(await readChart(options.chart))
  const { record, changes } = await previewRelease({ object, client, chart })
  const { output } = options
  if (output === 'table') {
    process.stderr.write(`► ${record.namespace}/${record.name}.v${record.version}\n`)
    writeOut(changeLines(changes))
  } else {
    const shown = changes.map(({ ref, action, masked }) => ({
      ...ref,
      action,
      ...(masked.length > 0 && { patch: masked }),
    }))
    writeOut(document(output, shown))
  }
  return changes.some(({ action }) => action === 'added' || action === 'changed' || action === 'removed')
}
