/**
 * The operations of resources as OpenAPI v3 path items. Clients look for three things in them: that the PATCH of a kind takes
 * `fieldValidation`, which patch types it takes, and the group, version and kind of an operation (`kubectl apply`, `explain`, `diff`).
 * Custom resources get theirs here too.
 */
import type { Json } from './openapi-components.ts'
import type { Resource } from './resources.ts'

export interface PathOptions {
  /** Component name of a kind in this group and version, such as `io.k8s.api.apps.v1.Deployment`. */
  componentOf(group: string, version: string, kind: string): string | undefined
  patchTypes: readonly string[]
}

export const builtinPatchTypes = [
  'application/apply-patch+yaml',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
]

export const customPatchTypes = [
  'application/apply-patch+yaml',
  'application/json-patch+json',
  'application/merge-patch+json',
]

const query = (name: string, type = 'string') => ({ in: 'query', name, schema: { type, uniqueItems: true } })
const pathParameter = (name: string) => ({
  in: 'path',
  name,
  required: true,
  schema: { type: 'string', uniqueItems: true },
})
const pretty = query('pretty')
const writeParameters = [query('dryRun'), query('fieldManager'), query('fieldValidation')]
const listParameters = [
  query('allowWatchBookmarks', 'boolean'),
  query('continue'),
  query('fieldSelector'),
  query('labelSelector'),
  query('limit', 'integer'),
  query('resourceVersion'),
  query('resourceVersionMatch'),
  query('sendInitialEvents', 'boolean'),
  query('timeoutSeconds', 'integer'),
  query('watch', 'boolean'),
]
const deleteParameters = [
  query('dryRun'),
  query('gracePeriodSeconds', 'integer'),
  query('orphanDependents', 'boolean'),
  query('propagationPolicy'),
]
const answerTypes = ['application/json', 'application/yaml']

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** `deployments`, `Namespaced` and the like joined to an operation id as the server spells them. */
function operationId(verb: string, r: Resource, kind: string, rest: string): string {
  const group = r.group === '' ? 'core' : (r.group.split('.')[0] ?? '')
  return `${verb}${capital(group)}${capital(r.version)}${r.namespaced ? 'Namespaced' : ''}${kind}${rest}`
}

interface Operation {
  verb: string
  action: string
  kind: { group: string; version: string; kind: string }
  body?: string
  bodyTypes?: readonly string[]
  answer?: string
  parameters: unknown[]
  id: string
}

function operation(r: Resource, spec: Operation, reference: (component: string) => Json): Json {
  const content = (types: readonly string[], component: string | undefined) =>
    Object.fromEntries(types.map(type => [type, { schema: component === undefined ? {} : reference(component) }]))
  const out: Json = {
    operationId: spec.id,
    parameters: spec.parameters,
    responses: {
      200: { description: 'OK', content: content(answerTypes, spec.answer) },
      401: { description: 'Unauthorized' },
    },
    tags: [`${r.group === '' ? 'core' : (r.group.split('.')[0] ?? '')}_${r.version}`],
    'x-kubernetes-action': spec.action,
    'x-kubernetes-group-version-kind': spec.kind,
  }
  if (spec.body !== undefined) out.requestBody = { content: content(spec.bodyTypes ?? ['*/*'], spec.body) }
  return out
}

const patchBody = 'io.k8s.apimachinery.pkg.apis.meta.v1.Patch'
const deleteBody = 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions'
const statusAnswer = 'io.k8s.apimachinery.pkg.apis.meta.v1.Status'

/** Path items of one resource and its subresources, by path. */
export function pathsOf(r: Resource, options: PathOptions): Record<string, Json> {
  const root = r.group === '' ? `/api/${r.version}` : `/apis/${r.group}/${r.version}`
  const collection = r.namespaced ? `${root}/namespaces/{namespace}/${r.resource}` : `${root}/${r.resource}`
  const kind = { group: r.kindGroup ?? r.group, kind: r.kind, version: r.kindVersion ?? r.version }
  const component = options.componentOf(kind.group, kind.version, kind.kind)
  const list = options.componentOf(r.group, r.version, `${r.kind}List`)
  const reference = (name: string): Json => ({ $ref: `#/components/schemas/${name}` })
  const shared = r.namespaced ? [pathParameter('namespace'), pretty] : [pretty]
  const named = [pathParameter('name'), ...shared]
  const op = (spec: Operation) => operation(r, spec, reference)
  const has = (verb: string) => r.verbs.includes(verb)
  const paths: Record<string, Json> = {}

  const many: Json = {}
  if (has('list')) {
    const spec = { verb: 'list', action: 'list', kind, answer: list, parameters: listParameters }
    many.get = op({ ...spec, id: operationId('list', r, r.kind, '') })
    if (r.namespaced) {
      const everywhere = { ...spec, id: operationId('list', r, r.kind, 'ForAllNamespaces').replace('Namespaced', '') }
      paths[`${root}/${r.resource}`] = { get: op(everywhere), parameters: [...listParameters, pretty] }
    }
  }
  if (has('create')) {
    const id = operationId('create', r, r.kind, '')
    many.post = op({
      verb: 'create',
      action: 'post',
      kind,
      body: component,
      answer: component,
      parameters: writeParameters,
      id,
    })
  }
  if (has('deletecollection')) {
    const id = operationId('delete', r, `Collection${r.kind}`, '')
    const parameters = [...deleteParameters, ...listParameters.slice(1)]
    many.delete = op({
      verb: 'delete',
      action: 'deletecollection',
      kind,
      body: deleteBody,
      answer: statusAnswer,
      parameters,
      id,
    })
  }
  if (Object.keys(many).length > 0) paths[collection] = { ...many, parameters: shared }

  const one: Json = {}
  if (has('get')) {
    one.get = op({
      verb: 'read',
      action: 'get',
      kind,
      answer: component,
      parameters: [],
      id: operationId('read', r, r.kind, ''),
    })
  }
  Object.assign(one, writes(r.verbs, kind, component, '', r, options, op))
  if (has('delete')) {
    const id = operationId('delete', r, r.kind, '')
    one.delete = op({
      verb: 'delete',
      action: 'delete',
      kind,
      body: deleteBody,
      answer: statusAnswer,
      parameters: deleteParameters,
      id,
    })
  }
  if (Object.keys(one).length > 0) paths[`${collection}/{name}`] = { ...one, parameters: named }

  for (const sub of r.subresources) {
    const subKind = { group: sub.group, kind: sub.kind, version: sub.version }
    const subComponent = options.componentOf(sub.group, sub.version, sub.kind)
    const item: Json = {}
    const rest = capital(sub.name)
    if (sub.verbs.includes('get')) {
      const id = operationId('read', r, r.kind, rest)
      item.get = op({ verb: 'read', action: 'get', kind: subKind, answer: subComponent, parameters: [], id })
    }
    if (sub.verbs.includes('create')) {
      const id = operationId('create', r, r.kind, rest)
      const spec = { verb: 'create', action: 'post', kind: subKind, body: subComponent, answer: subComponent }
      item.post = op({ ...spec, parameters: writeParameters, id })
    }
    Object.assign(item, writes(sub.verbs, subKind, subComponent, rest, r, options, op))
    paths[`${collection}/{name}/${sub.name}`] = { ...item, parameters: named }
  }
  return paths
}

function writes(
  verbs: string[],
  kind: Operation['kind'],
  component: string | undefined,
  rest: string,
  r: Resource,
  options: PathOptions,
  op: (spec: Operation) => Json,
): Json {
  const out: Json = {}
  if (verbs.includes('update')) {
    const id = operationId('replace', r, r.kind, rest)
    out.put = op({
      verb: 'replace',
      action: 'put',
      kind,
      body: component,
      answer: component,
      parameters: writeParameters,
      id,
    })
  }
  if (verbs.includes('patch')) {
    const spec = {
      verb: 'patch',
      action: 'patch',
      kind,
      body: patchBody,
      bodyTypes: options.patchTypes,
      answer: component,
    }
    const id = operationId('patch', r, r.kind, rest)
    out.patch = op({ ...spec, parameters: [...writeParameters, query('force', 'boolean')], id })
  }
  return out
}
