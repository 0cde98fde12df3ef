/**
 * Makes the `apiextensions.k8s.io/v1` CustomResourceDefinition of a kind, ready to apply. Built when asked, from the one definition.
 */
import type { KindDefinition, KindVersion } from './kind.ts'
import type { KubeObject } from './object.ts'
import type { SchemaNode } from './schema/schema.ts'
import { labels } from './well-known.ts'

export interface CrdVersion {
  name: string
  served: boolean
  storage: boolean
  deprecated?: boolean
  deprecationWarning?: string
  additionalPrinterColumns: { name: string; type: string; jsonPath: string; priority?: number }[]
  schema: { openAPIV3Schema: SchemaNode }
  subresources?: { status: Record<string, never> }
}

export interface CustomResourceDefinition extends KubeObject {
  apiVersion: 'apiextensions.k8s.io/v1'
  kind: 'CustomResourceDefinition'
  spec: {
    group: string
    scope: 'Namespaced' | 'Cluster'
    names: {
      kind: string
      listKind: string
      plural: string
      singular: string
      shortNames?: string[]
      categories?: string[]
    }
    versions: CrdVersion[]
  }
}

export interface CrdOptions {
  /** Added to the labels of the definition, for instance `app.kubernetes.io/instance` and `app.kubernetes.io/version`. */
  labels?: Record<string, string>
}

/** The CustomResourceDefinition of a kind; a fresh object on every call. */
export function crd(kind: KindDefinition, options: CrdOptions = {}): CustomResourceDefinition {
  const { group, plural, singular, scope } = kind
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${group}`,
      labels: { [labels.component]: kind.component, [labels.partOf]: 'flux', ...options.labels },
      ...(kind.annotations && { annotations: { ...kind.annotations } }),
    },
    spec: {
      group,
      scope,
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural,
        singular,
        ...(kind.shortNames.length > 0 && { shortNames: [...kind.shortNames] }),
        ...(kind.categories.length > 0 && { categories: [...kind.categories] }),
      },
      versions: kind.versions.map(version => crdVersion(kind, version)),
    },
  }
}

function crdVersion(kind: KindDefinition, version: KindVersion): CrdVersion {
  return {
    name: version.name,
    served: version.served,
    storage: version.storage,
    ...(version.deprecationWarning && { deprecated: true, deprecationWarning: version.deprecationWarning }),
    additionalPrinterColumns: version.columns.map(column => ({ ...column })),
    schema: { openAPIV3Schema: objectSchema(kind, version) },
    ...(version.status && { subresources: { status: {} } }),
  }
}

/** The schema of whole objects of a kind in one version, as the CRD and the validator use it. */
export function objectSchema(kind: KindDefinition, version: KindVersion): SchemaNode {
  const properties: Record<string, SchemaNode> = {
    apiVersion: { type: 'string', description: 'Group and version of the schema that this object follows.' },
    kind: { type: 'string', description: 'The kind of this object.' },
    metadata: { type: 'object' },
    spec: version.spec().node,
  }
  if (version.status) properties.status = version.status().node
  return { type: 'object', description: kind.description, properties }
}
