/** Go's text/template with sprig and what Helm adds to it. */
export { elapsed } from './elapsed.ts'
export { GoTime } from './go-time.ts'
export { NilMap, withGoType } from './go-value.ts'
export { Int64 } from './int64.ts'
export { allPrepared, MissingFunction, prepareFunctions, sprigFunctions } from './sprig/index.ts'
export { AuthorFailure, Interruption, TemplateError } from './template-error.ts'
export { type Call, type Signature, type TemplateFunction, typed } from './template-function.ts'
export { type TemplateOptions, TemplateSet } from './template-set.ts'
