/** Helm's YAML functions: sigs.k8s.io/yaml, and go-yaml v3 for toYamlPretty. */
import { compareKeys, parseFirst, stringify, YamlError } from '@sluice/yaml'
import { floatText } from '../go-float.ts'
import { goBytes } from '../go-string.ts'
import { isMap, isObject, kindOf, listOf, mapEntries } from '../go-value.ts'
import { type TemplateFunction, typed } from '../template-function.ts'
import { readable } from './cast.ts'
import { plainValue } from './dicts.ts'
import { listFrom, mapFrom } from './json.ts'

export const yamlText = (value: unknown): string => {
  let plain: unknown
  try {
    plain = plainValue(value)
  } catch (error) {
    throw new Error(`error marshaling into JSON: ${error instanceof Error ? error.message : error}`)
  }
  return stringify(plain).replace(/\n$/, '')
}

/** All numbers are float64, as after a way through JSON. */
function floats(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(floats)
  if (!isMap(value)) return value
  return Object.fromEntries(mapEntries(value).map(([key, item]) => [key, floats(item)]))
}

function parse(text: string): unknown {
  readable(text)
  try {
    return floats(parseFirst(text, { duplicateKeys: 'last' })) ?? null
  } catch (error) {
    if (!(error instanceof YamlError)) throw error
    throw new Error(`error converting YAML to JSON: ${error.sigsMessage}`)
  }
}

const UNFIT = 'error unmarshaling JSON: while decoding JSON: '

/** go-yaml v3 with an indent of 2: sequences indented, structs with lower-case names, lines never folded. */
function pretty(value: unknown, pad: string): string {
  if (typeof value === 'number') return ` ${floatText(value)}\n`
  if (typeof value === 'string') return ` ${scalar(value, pad)}\n`
  if (value instanceof Uint8Array || kindOf(value) === 'slice') {
    const items = listOf(value)
    if (items.length === 0) return ' []\n'
    return `\n${items.map(item => `${pad}-${inItem(pretty(item, `${pad}  `), pad)}`).join('')}`
  }
  const entries = fieldsOf(value)
  if (entries === undefined) return ` ${stringify(plainValue(value)).trimEnd()}\n`
  if (entries.length === 0) return ' {}\n'
  return `\n${entries.map(([key, item]) => `${pad}${scalar(key, pad)}:${pretty(item, `${pad}  `)}`).join('')}`
}

/** The first line of a collection stands beside its dash. */
const inItem = (text: string, pad: string): string =>
  text.startsWith('\n') ? ` ${text.slice(1 + pad.length + 2)}` : text

function fieldsOf(value: unknown): [string, unknown][] | undefined {
  if (isMap(value)) {
    const entries = mapEntries(value).map(([key, item]): [string, unknown] => [String(key), item])
    return entries.filter(([, item]) => typeof item !== 'function').sort((a, b) => compareKeys(a[0], b[0]))
  }
  if (kindOf(value) !== 'struct' || !isObject(value) || typeof value.toGoJson === 'function') return undefined
  return Object.entries(value)
    .filter(([, item]) => typeof item !== 'function')
    .map(([key, item]) => [key.toLowerCase(), item])
}

function scalar(text: string, pad: string): string {
  if (!text.isWellFormed()) return `!!binary ${goBytes(text).toString('base64')}`
  const out = stringify(text).replace(/\n$/, '')
  if (!out.includes('\n')) return out
  if (text.includes('\n') && pad === '') return out
  if (text.includes('\n')) return out.replace(/\n {2}(?=[^\n])/g, `\n${pad}`)
  return out.replace(/\n */g, ' ')
}

const prettyText = (value: unknown): string => pretty(value, '').replace(/^\s/, '').replace(/\n$/, '')

const lenient = (run: (value: unknown) => string): TemplateFunction =>
  typed('any', ([value]) => {
    try {
      return run(value)
    } catch {
      // As in Helm: a value that cannot be written is an empty text.
      return ''
    }
  })

export const yamlFunctions: Record<string, TemplateFunction> = {
  toYaml: lenient(yamlText),
  mustToYaml: typed('any', ([value]) => yamlText(value)),
  toYamlPretty: lenient(prettyText),
  fromYaml: mapFrom(parse, UNFIT),
  fromYamlArray: listFrom(parse, UNFIT),
}
