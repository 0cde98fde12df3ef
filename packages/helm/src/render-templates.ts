/**
 * Renders a chart's templates as helm's pkg/engine does: all files of all charts in one set, parents after their subcharts so that their definitions
 * win, and the functions that need the set itself: include, tpl, required, lookup.
 */
import {
  AuthorFailure,
  elapsed,
  Interruption,
  sprigFunctions,
  type TemplateFunction,
  TemplateSet,
  typed,
  withGoType,
} from '@sluice/template'
import type { HelmVersion } from './capabilities.ts'
import { HelmError } from './helm-error.ts'
import type { LookupQuery } from './lookup.ts'
import type { TemplateSource } from './release-context.ts'
import { byBytes } from './sort-manifests.ts'
import { executionFailure, parseFailure } from './template-failure.ts'
import type { Table } from './value-table.ts'
import { valuesType } from './values-methods.ts'

/** Calls of one template by itself, at most. */
const maxRecursion = 1000

const maxDepth = 5000

/** What all templates of a chart may come to, in characters, and how long they have before others have their turn. */
const maxOutput = 128 * 1024 * 1024
const slice = 30

export interface TemplateRun {
  helm: HelmVersion
  /** What `lookup` answers; it throws an Interruption for what is not known yet. */
  lookup(query: LookupQuery): Table
  /** What `getHostByName` answers, likewise. */
  hostAddress?(name: string): string
  milliseconds: number
  now?: () => number
  timeZone?: string
}

export interface TemplateTexts {
  /** Partials left out. */
  texts: Map<string, string>
  /** Whether a template ended early, because of something that is there the next time. */
  interrupted: boolean
}

/** Stops at the first failure, which it throws. The contexts change: templates may set values. */
export async function renderTemplates(
  sources: ReadonlyMap<string, TemplateSource>,
  run: TemplateRun,
): Promise<TemplateTexts> {
  const functions = { ...sprigFunctions, ...engineFunctions(run) }
  if (run.helm === '4.1') delete functions.mustToToml
  const { now, timeZone, milliseconds } = run
  const limits = { depth: maxDepth, milliseconds }
  const set = new TemplateSet({ functions, missingKey: 'zero', limits, now, timeZone })
  const paths = [...sources.keys()].sort(compareTemplates)
  for (const path of paths) parse(set, path, sources.get(path)?.text ?? '')
  const texts = new Map<string, string>()
  let size = 0
  let worked = 0
  let since = elapsed()
  let interrupted = false
  for (const path of paths) {
    const source = sources.get(path)
    if (!source || path.slice(path.lastIndexOf('/') + 1).startsWith('_')) continue
    source.context.Template = withGoType({ Name: path, BasePath: source.basePath }, valuesType)
    try {
      const text = render(set, path, source.context)
      texts.set(path, text)
      size += text.length
    } catch (error) {
      // The others go on: what they look up is asked for together.
      if (!(error instanceof Interruption)) throw error
      interrupted = true
    }
    if (size > maxOutput) throw new HelmError(`${path}: the chart renders to more than ${maxOutput} characters`)
    const until = elapsed()
    if (until - since < slice) continue
    // Others have their turn before the next template.
    worked += until - since
    if (worked > milliseconds * 10) {
      throw new HelmError(`${path}: the chart takes longer than ${milliseconds * 10} milliseconds to render`)
    }
    await new Promise(resolve => setTimeout(resolve))
    since = elapsed()
  }
  return { texts, interrupted }
}

function parse(set: TemplateSet, path: string, text: string): void {
  try {
    set.parse(path, text)
  } catch (error) {
    throw parseFailure(path, error)
  }
}

function render(set: TemplateSet, path: string, context: unknown): string {
  try {
    return withoutNoValue(set.render(path, context))
  } catch (error) {
    throw executionFailure(path, error)
  }
}

/** Deeper paths first, then from the end of the alphabet: the last definition of a name is the one that counts. */
function compareTemplates(a: string, b: string): number {
  return b.split('/').length - a.split('/').length || byBytes(b, a)
}

/** What Go prints for a value that is missing, Helm takes out of the whole text. */
function withoutNoValue(text: string): string {
  return text.replaceAll('<no value>', '')
}

function engineFunctions(run: TemplateRun): Record<string, TemplateFunction> {
  const depths = new Map<string, number>()
  return {
    include: typed('string, any', ([name, data], { set }) => {
      const wanted = String(name)
      const depth = depths.get(wanted) ?? 0
      if (depth > maxRecursion) {
        throw new Error(`rendering template has a nested reference name: ${wanted}: unable to execute template`)
      }
      depths.set(wanted, depth + 1)
      try {
        return set.render(wanted, data)
      } finally {
        depths.set(wanted, depth)
      }
    }),
    tpl: typed('string, any', ([source, data], { set }) => {
      const text = String(source)
      const inner = set.clone()
      let render: (data: unknown) => string
      try {
        render = inner.parse('gotpl', text)
      } catch (error) {
        throw new Error(`cannot parse template ${JSON.stringify(text)}: ${reason(error)}`, { cause: error })
      }
      try {
        return withoutNoValue(render(data))
      } catch (error) {
        if (error instanceof Interruption) throw error
        const message = `error during tpl function execution for ${JSON.stringify(text)}: ${reason(error)}`
        throw new Error(message, { cause: error })
      }
    }),
    required: typed('string, any', ([warning, value]) => {
      if (value === null || value === undefined || value === '') throw new AuthorFailure(String(warning))
      return value
    }),
    getHostByName: typed('string', ([name]) => run.hostAddress?.(String(name)) ?? ''),
    lookup: typed('string, string, string, string', ([apiVersion, kind, namespace, name]) =>
      run.lookup({
        apiVersion: String(apiVersion),
        kind: String(kind),
        namespace: String(namespace),
        name: String(name),
      }),
    ),
  }
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error))
