/**
 * Renders a chart of the disk and prints the manifests: the work behind `sluice template`.
 */
import { readFileSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import {
  loadChart,
  mergedTables,
  outputDocuments,
  parseValues,
  type RenderedChart,
  readChart,
  renderChart,
  setValues,
  type Table,
  templateOutput,
} from '@sluice/helm'

export interface TemplateOptions {
  namespace: string
  values?: string[]
  set?: string[]
  setString?: string[]
  setFile?: string[]
  setJson?: string[]
  setLiteral?: string[]
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
  const values = await valuesOf(options)
  const chart = await loadChart(await readChart(path))
  const warnings = new Set<string>()
  const rendered = await renderChart(chart, values, {
    release: { name, namespace: options.namespace, revision: 1, isUpgrade: options.isUpgrade ?? false },
    cluster: { kubeVersion: options.kubeVersion, apiVersions: options.apiVersions },
    skipSchemaValidation: options.skipSchemaValidation,
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    warn: warning => warnings.add(warning),
  })
  for (const warning of warnings) process.stderr.write(`${warning}\n`)
  if (options.outputDir === undefined) process.stdout.write(templateOutput(rendered, outputOf(options)))
  else await writeDocuments(rendered, options.outputDir, options)
}

const outputOf = ({ includeCrds, hooks, skipTests, showOnly }: TemplateOptions) => ({
  includeCrds,
  noHooks: !hooks,
  skipTests,
  showOnly,
})

/** Files first, then the options in Helm's order: JSON, typed, strings, files, literals. */
async function valuesOf(options: TemplateOptions): Promise<Table> {
  let values: Table = {}
  for (const file of options.values ?? []) {
    const text = await readFile(file === '-' ? '/dev/stdin' : file, 'utf8')
    values = mergedTables(values, parseValues(text, `failed to parse ${file}`))
  }
  for (const text of options.setJson ?? []) {
    if (text.trimStart().startsWith('{')) values = mergedTables(values, parseJson(text))
    else assign('--set-json', text, () => setValues(values, text, 'json'))
  }
  for (const text of options.set ?? []) assign('--set', text, () => setValues(values, text, 'typed'))
  for (const text of options.setString ?? []) assign('--set-string', text, () => setValues(values, text, 'string'))
  for (const text of options.setFile ?? []) {
    assign('--set-file', text, () => setValues(values, text, 'string', path => readFileSync(path, 'utf8')))
  }
  for (const text of options.setLiteral ?? []) assign('--set-literal', text, () => setValues(values, text, 'literal'))
  return values
}

function assign(option: string, text: string, work: () => void): void {
  try {
    work()
  } catch (error) {
    const key = text.split('=', 1)[0]
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`failed parsing ${option} data of ${key}: ${reason}`, { cause: error })
  }
}

function parseJson(text: string): Table {
  return parseValues(text, 'failed parsing --set-json data JSON')
}

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
    process.stdout.write(`wrote ${file}\n`)
  }
}
