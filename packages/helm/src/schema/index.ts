/**
 * JSON Schema, drafts 4, 6, 7, 2019-09 and 2020-12, as Helm has it from santhosh-tekuri/jsonschema 6: what is
 * refused, in which order and in which words. A schema is compiled once (`compile/`) and holds for any number of
 * values (`validate/`); what is wrong comes back as a tree of problems.
 */
export { Budget } from './budget.ts'
export { compileSchema } from './compile/schema-compiler.ts'
export { problemLines } from './problem.ts'
export { validate } from './validate/validate.ts'
