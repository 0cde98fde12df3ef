/** What `helm template` prints of a rendered chart. */
import { HelmError } from './helm-error.ts'
import { pathPattern } from './helm-ignore.ts'
import type { RenderedChart } from './render-chart.ts'
import { splitDocuments } from './split-documents.ts'

export interface OutputOptions {
  includeCrds?: boolean
  noHooks?: boolean
  skipTests?: boolean
  /** Paths of templates from the chart's root, patterns allowed; only what they rendered is printed, in this order. */
  showOnly?: readonly string[]
}

/** Documents with the `# Source:` they came from. Throws HelmError for a template of `showOnly` that rendered nothing. */
export function templateOutput(rendered: RenderedChart, options: OutputOptions = {}): string {
  const documents = outputDocuments(rendered, options)
  const manifests = documents.filter(({ hook }) => !hook).map(sourced)
  const hooks = documents.filter(({ hook }) => hook).map(sourced)
  const text = `${manifests.join('').trim()}\n${hooks.join('')}`
  return options.showOnly?.length ? shownOnly(text, options.showOnly) : text
}

export interface OutputDocument {
  path: string
  text: string
  hook: boolean
}

/** In the order in which they are printed, or written to files by path. */
export function outputDocuments(rendered: RenderedChart, options: OutputOptions): OutputDocument[] {
  const crds = options.includeCrds ? rendered.crds : []
  const hooks = options.noHooks
    ? []
    : rendered.hooks.filter(({ events }) => !(options.skipTests && events.includes('test')))
  return [
    ...[...crds, ...rendered.manifests].map(({ path, text }) => ({ path, text, hook: false })),
    ...hooks.map(({ path, text }) => ({ path, text, hook: true })),
  ]
}

const sourced = ({ path, text }: OutputDocument): string => `---\n# Source: ${path}\n${text}\n`

function shownOnly(text: string, wanted: readonly string[]): string {
  const documents = splitDocuments(text)
  return wanted
    .flatMap(pattern => {
      const expression = pathPattern(pattern.replaceAll('\\', '/'))
      const found = documents.filter(document => {
        const path = /# Source: [^/]+\/(.+)/.exec(document)?.[1]
        return path !== undefined && expression.test(path)
      })
      if (found.length === 0) throw new HelmError(`could not find template ${pattern} in chart`)
      return found
    })
    .map(document => `---\n${document}\n`)
    .join('')
}
