/**
 * Renders the charts of `helmCharts` with our own Helm. Charts of repositories come through a function of the caller's, who has the network; without it they
 * are refused.
 */
import {
  checkReleaseName,
  HelmError,
  ignoreRules,
  loadChart,
  mergedTables,
  nameFromTemplate,
  parseValues,
  renderChart,
  type Table,
  templateOutput,
} from '@sluice/helm'
import type { ChartFile, ChartRequest, HelmEngine, HelmTemplateOptions } from './helm-engine.ts'
import { KustomizeError } from './kustomize-error.ts'

export interface HelmTemplatesOptions {
  /** Fetches a chart of a repository. */
  pullChart?(request: ChartRequest): Promise<readonly ChartFile[]>
  /** For charts that do not say for which cluster they are rendered. */
  kubeVersion?: string | undefined
  apiVersions?: readonly string[] | undefined
}

export function helmTemplates(options: HelmTemplatesOptions = {}): HelmEngine {
  return {
    async pull(request) {
      if (options.pullChart) return options.pullChart(request)
      throw new KustomizeError(`chart '${request.name}' of ${request.repo} is not allowed here`, {
        cure: 'put the chart into the source, below chartHome',
      })
    },
    template: (files, values, own, warn) => asKustomizeError(() => template(files, values, own, options, warn)),
  }
}

async function template(
  files: readonly ChartFile[],
  values: readonly { name: string; text: string }[],
  own: HelmTemplateOptions,
  options: HelmTemplatesOptions,
  warn: (line: string) => void,
): Promise<string> {
  if (own.nameTemplate && own.releaseName) {
    throw new HelmError('cannot set --name-template and also specify a name')
  }
  const name = own.nameTemplate ? nameFromTemplate(own.nameTemplate) : own.releaseName || 'release-name'
  let merged: Table = {}
  for (const { name, text } of values) merged = mergedTables(merged, parseValues(text, `failed to parse ${name}`))
  const chart = await loadChart(unignored(files))
  checkReleaseName(name)
  const apiVersions = own.apiVersions.length > 0 ? own.apiVersions : options.apiVersions
  const kubeVersion = own.kubeVersion || options.kubeVersion
  const rendered = await renderChart(chart, merged, {
    release: { name, namespace: own.namespace || 'default', revision: 1, isUpgrade: false },
    cluster: { ...(kubeVersion && { kubeVersion }), ...(apiVersions && { apiVersions }) },
    warn,
  })
  return templateOutput(rendered, {
    includeCrds: own.includeCRDs,
    noHooks: own.skipHooks,
    skipTests: own.skipTests,
  })
}

/** What `.helmignore` leaves of a directory; it counts for directories and their files. */
function unignored(files: readonly ChartFile[]): ChartFile[] {
  const rules = files.find(file => file.path === '.helmignore')
  const ignored = ignoreRules(rules ? new TextDecoder().decode(rules.content) : '')
  const left = (path: string) => {
    const parts = path.split('/')
    return parts.every((_, i) => !ignored(parts.slice(0, i + 1).join('/'), i < parts.length - 1))
  }
  return files
    .filter(file => left(file.path))
    .map(({ path, content }) => ({ path, content: withoutMark(content) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}

function withoutMark(content: Uint8Array): Uint8Array {
  return content[0] === 0xef && content[1] === 0xbb && content[2] === 0xbf ? content.subarray(3) : content
}

async function asKustomizeError<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof HelmError)) throw error
    throw new KustomizeError(`Error: ${error.message}`, { cause: error })
  }
}
