/**
 * `/openapi/v3` (an index and a document a group version) and `/openapi/v2`. The documents of built-in kinds come from their
 * tables, those of custom kinds from the definitions; both are built when first asked for and kept until something changes.
 */
import { customPatchTypes, openapiV2, openapiV3, openapiV3Components, pathsOf } from '@sluice/api/builtin'
import type { ResourceRegistry } from '../resources/resource-registry.ts'
import type { ServedVersion } from '../resources/resource-type.ts'
import { type Discovery, type Document, documentOf, documentOfBytes } from './groups.ts'
import { openApiV2Protobuf } from './openapi-protobuf.ts'
import { kubernetesVersion } from './version.ts'

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1'

const versionDocument = {
  openapi: '3.0.0',
  info: { title: 'Kubernetes', version: kubernetesVersion },
  paths: {
    '/version/': {
      get: {
        tags: ['version'],
        description: 'get the version information for this server',
        operationId: 'getCodeVersion',
        responses: { '200': { description: 'OK', content: { 'application/json': { schema: { type: 'object' } } } } },
      },
    },
  },
}

export class OpenApi {
  readonly #registry: ResourceRegistry
  readonly #discovery: Discovery
  #generation = -1
  readonly #builtin = new Map<string, Document | undefined>()
  #custom = new Map<string, Document | undefined>()
  #v2: Document | undefined
  #v2Protobuf: Document | undefined
  #version: Document | undefined

  constructor(registry: ResourceRegistry, discovery: Discovery) {
    this.#registry = registry
    this.#discovery = discovery
  }

  index(): Document {
    const paths: Record<string, { serverRelativeURL: string }> = {}
    for (const path of this.#discovery.groupVersionPaths()) {
      const document = this.document(path)
      if (document) paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${document.hash}` }
    }
    const version = this.document('version')
    if (version) paths.version = { serverRelativeURL: `/openapi/v3/version?hash=${version.hash}` }
    return documentOf({ paths })
  }

  /** `path` is `api/v1` or `apis/apps/v1`. */
  document(path: string): Document | undefined {
    if (this.#generation !== this.#registry.generation) {
      this.#generation = this.#registry.generation
      this.#custom = new Map()
    }
    if (path === 'version') {
      this.#version ??= documentOf(versionDocument)
      return this.#version
    }
    const parts = path.split('/')
    const group = parts[0] === 'apis' ? (parts[1] ?? '') : ''
    const version = (parts[0] === 'apis' ? parts[2] : parts[1]) ?? ''
    if (!this.#builtin.has(path)) {
      const value = openapiV3(group, version)
      this.#builtin.set(path, value && documentOf(value))
    }
    const builtin = this.#builtin.get(path)
    if (builtin) return builtin
    if (!this.#custom.has(path)) this.#custom.set(path, this.#customDocument(group, version))
    return this.#custom.get(path)
  }

  #customDocument(group: string, version: string): Document | undefined {
    const served: ServedVersion[] = []
    for (const type of this.#registry.types) {
      if (!type.custom || type.group !== group) continue
      served.push(...type.versions.filter(v => v.version === version))
    }
    if (!served.length) return undefined
    const prefix = `${group.split('.').reverse().join('.')}.${version}`
    const componentOf = (_group: string, _version: string, kind: string) => `${prefix}.${kind}`
    const schemas: Record<string, unknown> = openapiV3Components(
      ['ObjectMeta', 'ListMeta', 'DeleteOptions', 'Patch', 'Status'].map(n => `${meta}.${n}`),
    )
    const paths: Record<string, unknown> = {}
    for (const one of served) {
      const { type, kind } = one
      const gvk = { group, version, kind }
      schemas[`${prefix}.${kind}`] = customSchema(one)
      schemas[`${prefix}.${kind}List`] = {
        description: `${type.listKind} is a list of ${kind}`,
        type: 'object',
        required: ['items'],
        properties: {
          apiVersion: { type: 'string' },
          kind: { type: 'string' },
          metadata: { allOf: [{ $ref: `#/components/schemas/${meta}.ListMeta` }] },
          items: { type: 'array', items: { $ref: `#/components/schemas/${prefix}.${kind}` } },
        },
        'x-kubernetes-group-version-kind': [{ ...gvk, kind: type.listKind }],
      }
      Object.assign(
        paths,
        pathsOf(
          {
            group,
            version,
            resource: type.resource,
            kind,
            singular: type.singular,
            shortNames: [...type.shortNames],
            categories: [...type.categories],
            namespaced: type.namespaced,
            verbs: [...one.verbs],
            subresources: [...one.subresources.values()].map(s => ({ ...s, verbs: [...s.verbs] })),
          },
          { componentOf, patchTypes: customPatchTypes },
        ),
      )
    }
    return documentOf({
      openapi: '3.0.0',
      info: { title: 'Kubernetes CRD Swagger', version: 'v0.1.0' },
      paths,
      components: { schemas },
    })
  }

  v2(): Document {
    this.#v2 ??= documentOf(openapiV2())
    return this.#v2
  }

  v2Protobuf(): Document {
    this.#v2Protobuf ??= documentOfBytes(openApiV2Protobuf(openapiV2()))
    return this.#v2Protobuf
  }
}

/** The schema of a definition as clients may see it, with the real metadata in it. */
function customSchema(served: ServedVersion): object {
  const raw = served.openApiSchema ?? { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
  const properties = 'properties' in raw && typeof raw.properties === 'object' ? raw.properties : {}
  return {
    ...raw,
    properties: {
      ...properties,
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { allOf: [{ $ref: `#/components/schemas/${meta}.ObjectMeta` }] },
    },
    'x-kubernetes-group-version-kind': [{ group: served.type.group, version: served.version, kind: served.kind }],
  }
}
