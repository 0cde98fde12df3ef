/**
 * Renders a chart of the disk and prints the manifests: the work behind `sluice template`.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { loadChart, outputDocuments, type RenderedChart, readChart, renderChart, templateOutput } from '@sluice/helm'
import { givenValues, type ValuesOptions } from './given-values.ts'
import { writeOut } from './standard-output.ts'

export interface TemplateOptions extends ValuesOptions {
  namespace: string
  kubeVersion?: string
  apiVersions?: string[]
  includeCrds?: boolean
  hooks: boolean
  skipTests?: boolean
  skipSchemaValidation?: boolean
  showOnly?: string[]
  isUpgrade?: boolean
  outputDir?: string
}

/** Warnings go to standard error. */
export async function templateChart(name: string, path: string, options: TemplateOptions): Promise<void> {
  const values = await givenValues(options)
  const chart = await loadChart(await readChart(path))
  const warnings = new Set<string>()
  const rendered = await renderChart(chart, values, {
    release: { name, namespace: options.namespace, revision: 1, isUpgrade: options.isUpgrade ?? false },
    cluster: { kubeVersion: options.kubeVersion, apiVersions: options.apiVersions },
    skipSchemaValidation: options.skipSchemaValidation,
    // A chart of one's own on one's own machine may take its time.
    milliseconds: 60_000,
    timeZone: 'Local',
    warn: warning => warnings.add(warning),
  })
  for (const warning of warnings) process.stderr.write(`${warning}\n`)
  if (options.outputDir === undefined) writeOut(templateOutput(rendered, outputOf(options)))
  else await writeDocuments(rendered, options.outputDir, options)
}

const outputOf = ({ includeCrds, hooks, skipTests, showOnly }: TemplateOptions) => ({
  includeCrds,
  noHooks: !hooks,
  skipTests,
  showOnly,
})

/** A path comes from the chart: it must not lead out of the folder. */
async function writeDocuments(rendered: RenderedChart, folder: string, options: TemplateOptions): Promise<void> {
  const files = new Map<string, string>()
  for (const { path, text } of outputDocuments(rendered, outputOf(options))) {
    files.set(path, `${files.get(path) ?? ''}---\n# Source: ${path}\n${text}\n`)
  }
  const root = resolve(folder)
  for (const [path, text] of files) {
    const file = join(root, path)
    if (!file.startsWith(root + sep)) throw new Error(`the chart names a template outside of itself: ${path}`)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
    writeOut(`wrote ${file}\n`)
  }
}
