/** Sprig's functions on emptiness and types, and Helm's `required` and `fail`. */
import { deepEqual, kindOf, typeName } from '../go-value.ts'
import { AuthorFailure } from '../template-error.ts'
import { type TemplateFunction, typed } from '../template-function.ts'
import { empty, kindName, stringOf } from './cast.ts'

const typeOf = (value: unknown): string => (value == null ? '<nil>' : typeName(value))

export const defaultFunctions: Record<string, TemplateFunction> = {
  default: typed('any, ...any', ([fallback, ...given]) =>
    given.length === 0 || empty(given[0]) ? fallback : given[0],
  ),
  empty: typed('any', ([value]) => empty(value)),
  coalesce: typed('...any', args => args.find(arg => !empty(arg)) ?? null),
  all: typed('...any', args => !args.some(empty)),
  any: typed('...any', args => args.some(arg => !empty(arg))),
  ternary: typed('any, any, bool', ([yes, no, test]) => (test === true ? yes : no)),
  typeOf: typed('any', ([value]) => typeOf(value)),
  typeIs: typed('string, any', ([name, value]) => name === typeOf(value)),
  typeIsLike: typed('string, any', ([name, value]) => name === typeOf(value) || `*${name}` === typeOf(value)),
  kindOf: typed('any', ([value]) => kindName(value)),
  kindIs: typed('string, any', ([name, value]) => name === kindName(value)),
  deepEqual: typed('any, any', ([a, b]) => deepEqual(a, b)),
  fail: typed('string', ([message]) => {
    throw new AuthorFailure(stringOf(message))
  }),
  required: typed('string, any', ([message, value]) => {
    if (kindOf(value) === 'invalid' || value === '') throw new AuthorFailure(stringOf(message))
    return value
  }),
  // Looking names up would make rendering depend on the network: as Helm without --enable-dns.
  getHostByName: typed('string', () => ''),
}
