/**
 * Facts about the kinds built into Kubernetes 1.35, from tables generated out of what a real API server says of itself. Nothing is parsed
 * before it is asked for. Used by the embedded API server, and by the engines for list keys and patch strategies.
 */
export { bootstrapObjects } from './bootstrap-objects.ts'
export { openapiV2, openapiV3, openapiV3Components } from './openapi.ts'
export { builtinPatchTypes, customPatchTypes, type PathOptions, pathsOf } from './openapi-paths.ts'
export { builtinResources, type Resource, type Subresource } from './resources.ts'
export type { Schema, ValidationRule } from './schema.ts'
export { schemaNamed, schemaOf } from './schema-of.ts'
export { type TableColumn, tableColumns } from './table-columns.ts'
