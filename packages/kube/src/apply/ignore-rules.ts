import { type KubeObject, parseApiVersion } from '@sluice/api'
import { RE2JS } from 're2js'
import { type LabelMatcher, labelMatcher } from '../label-selector.ts'

/** Fields whose drift is left alone (`spec.ignore`, fluxcd/pkg/ssa `IgnoreRule`): JSON pointers, for the objects a target selects. */
export interface IgnoreRule {
  paths: readonly string[]
  target?: {
    group?: string
    version?: string
    kind?: string
    name?: string
    namespace?: string
    labelSelector?: string
    annotationSelector?: string
  }
}

/** The pointers to ignore in an object. */
export type IgnoredPaths = (object: KubeObject) => readonly string[]

/** Throws Error for a pattern or selector that cannot be read. */
export function ignoredPaths(rules: readonly IgnoreRule[]): IgnoredPaths {
  const compiled = rules.map(({ paths, target = {} }) => ({ paths, matches: matcherOf(target) }))
  return object => compiled.filter(rule => rule.matches(object)).flatMap(rule => rule.paths)
}

function matcherOf(target: NonNullable<IgnoreRule['target']>): (object: KubeObject) => boolean {
  const pattern = (name: 'group' | 'version' | 'kind' | 'name' | 'namespace'): RE2JS | undefined => {
    const text = target[name]
    if (!text) return undefined
    try {
      return RE2JS.compile(`^(?:${text})$`)
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new Error(`failed to create ignore rule selector: invalid ${name} regex: ${why}`, { cause })
    }
  }
  const selector = (text: string | undefined): LabelMatcher => {
    try {
      return labelMatcher(text ?? '')
    } catch (cause) {
      throw new Error(`failed to create ignore rule selector: ${cause instanceof Error ? cause.message : cause}`, {
        cause,
      })
    }
  }
  const [group, version, kind] = [pattern('group'), pattern('version'), pattern('kind')]
  const [name, namespace] = [pattern('name'), pattern('namespace')]
  const [labels, annotations] = [selector(target.labelSelector), selector(target.annotationSelector)]
  return object => {
    const of = parseApiVersion(object.apiVersion)
    return (
      (group?.testExact(of.group) ?? true) &&
      (version?.testExact(of.version) ?? true) &&
      (kind?.testExact(object.kind) ?? true) &&
      (name?.testExact(object.metadata.name) ?? true) &&
      (namespace?.testExact(object.metadata.namespace ?? '') ?? true) &&
      labels(object.metadata.labels) &&
      annotations(object.metadata.annotations)
    )
  }
}
