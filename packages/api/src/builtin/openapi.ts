/**
 * `/openapi/v2` and `/openapi/v3/...` of the built-in kinds, put together from the tables. Descriptions are left out. A server caches
 * what it serves: each call builds anew.
 */
import { componentsFrom, type Json } from './openapi-components.ts'
import { builtinPatchTypes, pathsOf } from './openapi-paths.ts'
import { builtinResources, type Resource } from './resources.ts'
import { schemaTable } from './schema-table.ts'

const info = { title: 'Kubernetes', version: 'v1.35.4' }

function componentName(group: string, version: string, kind: string): string | undefined {
  const at = schemaTable().byKind.get(`${group}/${version}/${kind}`)
  return at === undefined ? undefined : schemaTable().names[at]
}

const builtinOptions = { componentOf: componentName, patchTypes: builtinPatchTypes }

/** Named in operations, never as a kind. */
const alwaysThere = ['Patch', 'DeleteOptions', 'Status'].map(name => `io.k8s.apimachinery.pkg.apis.meta.v1.${name}`)

function rootsOf(resources: readonly Resource[]): Set<number> {
  const { byKind, names } = schemaTable()
  const roots = new Set(alwaysThere.map(name => names.indexOf(name)))
  const add = (group: string, version: string, kind: string) => {
    const at = byKind.get(`${group}/${version}/${kind}`)
    if (at !== undefined) roots.add(at)
  }
  for (const r of resources) {
    add(r.kindGroup ?? r.group, r.kindVersion ?? r.version, r.kind)
    add(r.group, r.version, `${r.kind}List`)
    for (const sub of r.subresources) add(sub.group, sub.version, sub.kind)
  }
  return roots
}

/** The v3 document of one group and version, or undefined when there are no built-in kinds in it. */
export function openapiV3(group: string, version: string): Json | undefined {
  const resources = builtinResources().filter(r => r.group === group && r.version === version)
  if (resources.length === 0) return undefined
  const paths = Object.assign({}, ...resources.map(r => pathsOf(r, builtinOptions)))
  return {
    openapi: '3.0.0',
    info,
    paths,
    components: {
      schemas: componentsFrom(rootsOf(resources), 'v3'),
      securitySchemes: {
        BearerToken: {
          description: 'Bearer Token authentication',
          in: 'header',
          name: 'authorization',
          type: 'apiKey',
        },
      },
    },
  }
}

/** Components of the built-in types named, and all they refer to, for documents of custom resources (ObjectMeta, Status, ...). */
export function openapiV3Components(names: readonly string[]): Record<string, Json> {
  const all = schemaTable().names
  return componentsFrom(
    names.map(name => all.indexOf(name)).filter(at => at >= 0),
    'v3',
  )
}

/** The v2 document: all definitions, and the PATCH and GET operations by which clients find out about a kind. */
export function openapiV2(): Json {
  const { names } = schemaTable()
  const paths: Json = {}
  for (const r of builtinResources()) {
    for (const [path, item] of Object.entries(pathsOf(r, builtinOptions))) paths[path] = asV2(item)
  }
  return {
    swagger: '2.0',
    info,
    paths,
    definitions: componentsFrom(names.keys(), 'v2'),
    securityDefinitions: {
      BearerToken: { description: 'Bearer Token authentication', in: 'header', name: 'authorization', type: 'apiKey' },
    },
    security: [{ BearerToken: [] }],
  }
}

/** Parameters lose their `schema` wrapper, bodies become a parameter, references move. */
function asV2(item: Json): Json {
  const text = JSON.stringify(item).replaceAll('#/components/schemas/', '#/definitions/')
  return JSON.parse(text, (key, value) => {
    if (Array.isArray(value) && key === 'parameters') {
      return value.map(({ schema, ...rest }: { schema?: object }) => ({ ...rest, ...schema }))
    }
    if (value === null || typeof value !== 'object') return value
    if ('requestBody' in value) {
      const { requestBody, parameters, ...rest } = value
      const types = Object.keys(requestBody.content)
      const schema = requestBody.content[types[0] ?? '']?.schema
      const body = { in: 'body', name: 'body', required: true, schema }
      return { ...rest, consumes: types, parameters: [body, ...parameters] }
    }
    if ('content' in value && 'description' in value) {
      const [first] = Object.values<{ schema?: unknown }>(value.content)
      return { description: value.description, schema: first?.schema }
    }
    return value
  })
}
