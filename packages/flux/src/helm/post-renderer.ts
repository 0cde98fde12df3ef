import { type HelmRelease, type KubeObject, labels } from '@sluice/api'
import { HelmError } from '@sluice/helm'
import { build, KustomizeError, memoryTree } from '@sluice/kustomize'
import type { PostRender, PostRenderDocument } from '@sluice/release'
import { parseDocuments, stringify, stringifyDocuments, YamlError } from '@sluice/yaml'
import { namespaceOf } from './release-spec.ts'
import { areUnchangedByKustomize } from './unchanged-by-kustomize.ts'

/**
 * What a rendered chart goes through before it is released: the spec's kustomize steps, common metadata, and the
 * labels that say which HelmRelease an object is of. The last step always runs, so every document is read and written
 * anew, as Flux does it.
 */
type Renderers = NonNullable<HelmRelease['spec']['postRenderers']>

/** Carries the path of a document's template through kustomize; Helm's own name for it. */
const PATH = 'postrenderer.helm.sh/postrender-filename'
const INPUT = 'helm-output.yaml'

export function postRendererOf(object: HelmRelease): PostRender {
  const { postRenderStrategy = 'combined', postRenderers = [], commonMetadata } = object.spec
  const ownLabels = {
    ...commonMetadata?.labels,
    [labels.helmReleaseName]: object.metadata.name,
    [labels.helmReleaseNamespace]: namespaceOf(object),
  }
  return {
    strategy: postRenderStrategy,
    render: async documents => {
      let objects = documents.flatMap(readDocument)
      const steps: object[] = postRenderers.flatMap(step => (step.kustomize ? [kustomization(step.kustomize)] : []))
      if (steps.length === 0 && !areUnchangedByKustomize(objects)) steps.push({})
      for (const step of steps) objects = await built(objects, step)
      return objects.map(each => {
        const { [PATH]: path = '', ...annotations } = each.metadata.annotations ?? {}
        const metadata = { ...each.metadata, labels: { ...each.metadata.labels, ...ownLabels } }
        delete metadata.annotations
        const all = { ...annotations, ...commonMetadata?.annotations }
        if (Object.keys(all).length > 0) metadata.annotations = all
        // Helm writes what it reads back from kustomize once more, and wraps nothing.
        return { path, text: stringify({ ...each, metadata }, { width: Number.POSITIVE_INFINITY }) }
      })
    },
  }
}

function kustomization({ patches, images }: NonNullable<Renderers[number]['kustomize']>) {
  return { images, patches: patches?.map(({ patch, target }) => ({ patch, target })) }
}

/** With its path noted in an annotation. Throws HelmError in Helm's words for what is no YAML. */
function readDocument({ path, text }: PostRenderDocument): KubeObject[] {
  let values: unknown[]
  try {
    values = parseDocuments(text, { dialect: '1.2' }).map(({ value }) => value)
  } catch (error) {
    if (!(error instanceof YamlError)) throw error
    const twice = keyTwice(text, error)
    if (twice !== undefined) throw new Error(twice, { cause: error })
    const reason = `MalformedYAMLError: ${error.goMessage}`
    throw new HelmError(`error merging manifests: parsing ${path}: ${reason}`, { cause: error })
  }
  const [only] = values
  // A list alone in its document is taken apart before anything else.
  if (values.length === 1 && isTable(only) && only.kind === 'List' && Array.isArray(only.items)) values = only.items
  return values.map(value => {
    if (!isTable(value)) {
      const kind = Array.isArray(value) ? 'SequenceNode' : 'ScalarNode'
      const what = `wrong node kind: expected MappingNode but got ${kind}: node contents:\n${stringify(value).trimEnd()}`
      throw new HelmError(`error merging manifests: parsing ${path}: ${what}`)
    }
    const metadata = isTable(value.metadata) ? value.metadata : {}
    const annotations = { ...(isTable(metadata.annotations) ? metadata.annotations : {}), [PATH]: path }
    // Kustomize refuses what has no kind or name.
    return { ...value, metadata: { ...metadata, annotations } } as unknown as KubeObject
  })
}

/** Helm lets a key pass that comes twice; kustomize, which reads what Helm has written, does not. */
function keyTwice(text: string, { reason, line }: YamlError): string | undefined {
  const key = /^mapping key "(.*)" already defined$/.exec(reason)?.[1]
  if (key === undefined || line === undefined) return undefined
  const lines = text.split('\n')
  const indent = /^[ -]*/.exec(lines[line - 1] ?? '')?.[0].length ?? 0
  const isKey = (each: string) => /^[ -]*/.exec(each)?.[0].length === indent && each.slice(indent).startsWith(`${key}:`)
  const first = lines.slice(0, line - 1).findLastIndex(isKey) + 1
  const at = first > 0 ? ` at line ${first}` : ''
  return `map[string]interface {}(nil): yaml: unmarshal errors:\n  line ${line}: ${reason}${at}`
}

async function built(objects: readonly KubeObject[], step: object): Promise<KubeObject[]> {
  const files = new Map([
    ['kustomization.yaml', stringify({ ...step, resources: [INPUT] })],
    [INPUT, stringifyDocuments(objects)],
  ])
  try {
    return (await build(memoryTree(files), '', { loadRestrictor: 'LoadRestrictionsNone' })).objects
  } catch (error) {
    if (!(error instanceof KustomizeError)) throw error
    // Without steps of the user there is no kustomization whose resources could be meant.
    const isOurs = Object.keys(step).length === 0
    throw new Error(isOurs ? error.message.replace(ACCUMULATION, '$1') : error.message, { cause: error })
  }
}

const ACCUMULATED = `(?:merging|accumulating) resources from '${INPUT}'`
const ACCUMULATION = new RegExp(
  `^accumulating resources: accumulation err='${ACCUMULATED}: (.*)': must build at .*$`,
  's',
)

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
