/** Sprig's regular expressions: RE2, with Go's rules for what follows an empty match and for `$1` in replacements. */
import { RE2JS } from 're2js'
import { goQuote } from '../go-string.ts'
import { nilList } from '../go-value.ts'
import { type Call, type TemplateFunction, typed } from '../template-function.ts'
import { bounded, intOf, stringList, stringOf } from './cast.ts'

const compiled = new Map<string, RE2JS>()
const longestPattern = 300_000

function compile(pattern: string): RE2JS {
  const known = compiled.get(pattern)
  if (known) return known
  // Go stops at three million instructions, which take ten times as long to make here.
  if (pattern.length > longestPattern) throw new Error('error parsing regexp: expression too large')
  try {
    const fresh = RE2JS.compile(pattern)
    if (compiled.size > 1000) compiled.clear()
    compiled.set(pattern, fresh)
    return fresh
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : String(error)
    throw new Error(
      `error parsing regexp: ${reason}${reason.endsWith('trailing backslash at end of expression') ? ': ``' : ''}`,
    )
  }
}

/** What a search may take, as instructions of the pattern times characters: about a second. */
const dearest = 2e9

function affordable(pattern: RE2JS, text: string): void {
  if (pattern.programSize() * text.length > dearest)
    throw new Error('the pattern is too large for a text of that length')
}

interface Found {
  start: number
  end: number
  group(name: string): string
}

/** All matches; an empty one right after another match is none. */
function matches(pattern: RE2JS, text: string, limit = -1): Found[] {
  affordable(pattern, text)
  const out: Found[] = []
  const matcher = pattern.matcher(text)
  const names = pattern.namedGroups()
  let end = -1
  while (out.length !== limit && matcher.find()) {
    const start = matcher.start()
    if (matcher.end() === start && start === end) continue
    end = matcher.end()
    bounded(out.length * 8)
    const groups: string[] = []
    for (let index = 0; index <= matcher.groupCount(); index++) groups.push(matcher.group(index) ?? '')
    out.push({
      start,
      end,
      group: name => groups[/^[0-9]+$/.test(name) ? Number(name) : (names[name] ?? -1)] ?? '',
    })
  }
  return out
}

function replace(pattern: RE2JS, text: string, by: (found: Found) => string): string {
  let out = ''
  let at = 0
  for (const found of matches(pattern, text)) {
    out += text.slice(at, found.start) + by(found)
    bounded(out.length)
    at = found.end
  }
  return out + text.slice(at)
}

/** `$name`, `${name}`, `$$`; the longest name counts. */
const expand = (template: string, found: Found): string =>
  template.replace(/\$(?:\$|([\p{L}\p{Nd}_]+)|\{([\p{L}\p{Nd}_]+)\})/gu, (whole, plain?: string, braced?: string) =>
    whole === '$$' ? '$' : found.group(plain ?? braced ?? ''),
  )

function split(pattern: RE2JS, text: string, limit: number): string[] {
  if (limit === 0) return []
  if (text === '' && stringOf(pattern.pattern()) !== '') return ['']
  const out: string[] = []
  let at = 0
  let end = 0
  for (const found of matches(pattern, text, limit)) {
    if (limit > 0 && out.length === limit - 1) break
    end = found.start
    if (found.end !== 0) out.push(text.slice(at, end))
    at = found.end
  }
  if (end !== text.length) out.push(text.slice(at))
  return out
}

const find = (pattern: string, text: string): string => {
  const [first] = matches(compile(pattern), text, 1)
  return first ? text.slice(first.start, first.end) : ''
}

const findAll = typed('string, string, int', ([pattern, text, limit]) => {
  const input = stringOf(text)
  const found = stringList(
    matches(compile(stringOf(pattern)), input, intOf(limit)).map(({ start, end }) => input.slice(start, end)),
  )
  return found.length > 0 ? found : nilList(found)
})
const findOne = typed('string, string', ([pattern, text]) => find(stringOf(pattern), stringOf(text)))
const replaceAll = typed('string, string, string', ([pattern, text, by]) =>
  replace(compile(stringOf(pattern)), stringOf(text), found => expand(stringOf(by), found)),
)
const replaceLiteral = typed('string, string, string', ([pattern, text, by]) =>
  replace(compile(stringOf(pattern)), stringOf(text), () => stringOf(by)),
)
const splitAt = typed('string, string, int', ([pattern, text, limit]) =>
  stringList(split(compile(stringOf(pattern)), stringOf(text), intOf(limit))),
)
function tests(pattern: unknown, text: unknown): boolean {
  const compiled = compile(stringOf(pattern))
  affordable(compiled, stringOf(text))
  return compiled.matcher(stringOf(text)).find()
}

/** What compiles the pattern of a function without `must` panics with. */
const panicking = (run: TemplateFunction): TemplateFunction =>
  Object.assign(
    (args: readonly unknown[], call: Call) => {
      const pattern = stringOf(args[0])
      try {
        compile(pattern)
      } catch (error) {
        const quoted = canBackquote(pattern) ? `\`${pattern}\`` : goQuote(pattern)
        throw new Error(`regexp: Compile(${quoted}): ${error instanceof Error ? error.message : error}`)
      }
      return run(args, call)
    },
    run.signature ? { signature: run.signature } : {},
  )

// biome-ignore lint/suspicious/noControlCharactersInRegex: what Go cannot put between backquotes
const canBackquote = (text: string): boolean => !/[\0-\x08\x0a-\x1f\x7f`\ufeff\ud800-\udfff]/.test(text)

export const regexFunctions: Record<string, TemplateFunction> = {
  regexMatch: typed('string, string', ([pattern, text]) => {
    try {
      return tests(pattern, text)
    } catch {
      // As in sprig: a bad pattern matches nothing.
      return false
    }
  }),
  mustRegexMatch: typed('string, string', ([pattern, text]) => tests(pattern, text)),
  regexFind: panicking(findOne),
  mustRegexFind: findOne,
  regexFindAll: panicking(findAll),
  mustRegexFindAll: findAll,
  regexReplaceAll: panicking(replaceAll),
  mustRegexReplaceAll: replaceAll,
  regexReplaceAllLiteral: panicking(replaceLiteral),
  mustRegexReplaceAllLiteral: replaceLiteral,
  regexSplit: panicking(splitAt),
  mustRegexSplit: splitAt,
  regexQuoteMeta: typed('string', ([text]) => stringOf(text).replace(/[\\.+*?()|[\]{}^$]/g, '\\$&')),
}
