/**
 * The structure of custom resources: read from their definitions, and used to drop unknown fields, fill in defaults and validate, CEL rules
 * included, in the words of the API server.
 */
export { applyDefaults } from './apply-defaults.ts'
export type { Cause } from './cause.ts'
export { Authorizer } from './cel/authorizer.ts'
export { compiledRule } from './cel/cel-environment.ts'
export { celValue } from './cel/cel-value.ts'
export { definitionErrors } from './definition-errors.ts'
export { prune } from './prune.ts'
export { schemaFromCrd } from './schema-from-crd.ts'
export { validate } from './validate.ts'
