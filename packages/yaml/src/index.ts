/** YAML as the Go tools around Kubernetes read and write it: the only place where Sluice turns text into values and back. */
export { foldedAgain } from './folded-text.ts'
export { compareCodePoints, compareKeys } from './key-order.ts'
export { type ParseOptions, parseDocuments, parseFirst, type YamlDocument } from './parse-documents.ts'
export { type Dialect, type PlainValue, resolvePlain } from './resolve-plain.ts'
export { SourceScalar } from './source-scalar.ts'
export { goFloatText, type StringifyOptions, stringify, stringifyDocuments } from './stringify.ts'
export { YamlError } from './yaml-error.ts'
