/** The `scale` subresource: replicas of any scalable kind behind one shape (autoscaling/v1 Scale). */
import type { KubeObject } from '@sluice/api'
import { admitted } from '../admission/admit.ts'
import { badRequest, internal, invalid, modified, notFound } from '../api-error.ts'
import { child, isJson, type Json, text } from '../kinds/record.ts'
import { jsonPathValues } from '../tables/json-path.ts'
import type { Api } from './api.ts'
import type { LabelSelectorObject } from './label-selector.ts'
import { invalidValue } from './metadata-validation.ts'
import { type Answer, type Caller, isRecord, type Target, type WriteQuery } from './request.ts'
import { patch } from './update.ts'
import { viewOf } from './views.ts'

const builtinPaths = {
  specReplicasPath: '.spec.replicas',
  statusReplicasPath: '.status.replicas',
  labelSelectorPath: '.spec.selector',
}

/** `a=b,c in (d,e)`, keys sorted as Go prints selectors. */
function selectorText(selector: unknown): string {
  if (typeof selector === 'string') return selector
  if (!isJson(selector)) return ''
  const { matchLabels, matchExpressions = [] }: LabelSelectorObject =
    selector.matchLabels || selector.matchExpressions ? selector : { matchLabels: Object(selector) }
  const parts: [key: string, text: string][] = Object.entries(matchLabels ?? {}).map(([k, v]) => [k, `${k}=${v}`])
  for (const { key, operator, values = [] } of matchExpressions) {
    const list = `(${[...values].sort().join(',')})`
    if (operator === 'In') parts.push([key, `${key} in ${list}`])
    if (operator === 'NotIn') parts.push([key, `${key} notin ${list}`])
    if (operator === 'Exists') parts.push([key, key])
    if (operator === 'DoesNotExist') parts.push([key, `!${key}`])
  }
  return parts
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, t]) => t)
    .join(',')
}

const numberAt = (object: KubeObject, path: string): number | undefined => {
  const [value] = jsonPathValues(path, object)
  return typeof value === 'number' ? value : undefined
}

export function scaleOf(target: Target, object: KubeObject): KubeObject {
  const paths = target.served.scale ?? builtinPaths
  const replicas = numberAt(object, paths.specReplicasPath)
  if (replicas === undefined && target.served.type.custom) {
    throw internal(`the spec replicas field "${paths.specReplicasPath}" does not exist`)
  }
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  const [selector] = paths.labelSelectorPath ? jsonPathValues(paths.labelSelectorPath, object) : []
  const shown = selectorText(selector)
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      name,
      ...(namespace ? { namespace } : {}),
      ...(uid ? { uid } : {}),
      ...(resourceVersion ? { resourceVersion } : {}),
      ...(creationTimestamp ? { creationTimestamp } : {}),
    },
    spec: replicas ? { replicas } : {},
    status: { replicas: numberAt(object, paths.statusReplicasPath) ?? 0, ...(shown ? { selector: shown } : {}) },
  }
}

export function getScale(api: Api, target: Target): KubeObject {
  const stored = api.collection(target.served.type).get(target.namespace, target.name)
  if (!stored) throw notFound(target.served.type, target.name)
  return scaleOf(target, viewOf(target.served, stored).object)
}

function withReplicas(object: Json, path: string, replicas: number): Json {
  const keys = path.replace(/^\./, '').split('.')
  const out = { ...object }
  let at: Json = out
  for (const key of keys.slice(0, -1)) {
    const next = { ...child(at, key) }
    at[key] = next
    at = next
  }
  at[keys.at(-1) ?? ''] = replicas
  return out
}

/** `change` makes the new Scale from the current one. */
export async function writeScale(
  api: Api,
  caller: Caller,
  target: Target,
  query: WriteQuery,
  change: (scale: KubeObject) => unknown,
): Promise<Answer> {
  const current = getScale(api, target)
  const scale = change(current)
  if (!isRecord(scale)) throw badRequest('a Scale must be an object')
  if (scale.kind !== undefined && scale.kind !== 'Scale') {
    throw badRequest(`${text(scale.kind)} in version "v1" cannot be handled as a Scale`)
  }
  const metadata = child(scale, 'metadata') ?? {}
  const name = text(metadata.name) || target.name
  if (name !== target.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${target.name})`)
  }
  const version = metadata.resourceVersion
  if (version && version !== current.metadata.resourceVersion) throw modified(target.served.type, target.name)
  const asked = child(scale, 'spec')?.replicas ?? 0
  if (typeof asked !== 'number' || !Number.isInteger(asked) || asked < 0) {
    throw invalid({ group: 'autoscaling', kind: 'Scale' }, target.name, [
      invalidValue('spec.replicas', asked, 'must be greater than or equal to 0'),
    ])
  }
  const path = (target.served.scale ?? builtinPaths).specReplicasPath
  await admitted(api, {
    operation: 'UPDATE',
    served: target.served,
    subresource: 'scale',
    namespace: target.namespace,
    name: target.name,
    object: { ...current, spec: { replicas: asked } },
    oldObject: current,
    user: caller.user,
    dryRun: query.dryRun,
    warnings: caller.warnings,
  })
  const answer = await patch(api, caller, target, query, live => withReplicas(live, path, asked))
  return { code: 200, object: scaleOf(target, answer.object) }
}
