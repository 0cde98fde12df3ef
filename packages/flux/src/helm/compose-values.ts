import type { HelmRelease, KubeObject, ObjectRef } from '@sluice/api'
import { mergedTables, setValues, type Table } from '@sluice/helm'
import { parseFirst, YamlError } from '@sluice/yaml'
import { messageOf } from '../message-of.ts'
import { namespaceOf } from './release-spec.ts'

/**
 * The values of a release: what its references hold, in order, with `spec.values` on top (fluxcd/pkg/chartutil). A
 * value for a `targetPath` is set into what there is until then, inline values included. Where a map there is the
 * inline values' own, it stays; where it had been merged before, the inline values come over it once more, as in Flux.
 */
export class ValuesError extends Error {
  override name = 'ValuesError'
}

/** Where ConfigMaps and Secrets are read; a KubeClient, or what stands in for one. */
export interface ValuesReader {
  find(ref: ObjectRef): Promise<KubeObject | undefined>
}

type Reference = NonNullable<HelmRelease['spec']['valuesFrom']>[number]

const VALUES_KEY = 'values.yaml'

export interface ComposedValues {
  values: Table
  /** The texts in them that came from Secrets. */
  secrets: string[]
}

export async function composeValues(object: HelmRelease, client: ValuesReader): Promise<Table> {
  return (await composedValues(object, client)).values
}

/** References are read as the controller, each object once. Messages never hold a value. */
export async function composedValues(object: HelmRelease, client: ValuesReader): Promise<ComposedValues> {
  const secrets: string[] = []
  const inline = structuredClone(asTable(object.spec.values) ?? {})
  const found = new Map<string, Promise<KubeObject | undefined>>()
  const namespace = namespaceOf(object)
  let result: Table = {}
  for (const reference of object.spec.valuesFrom ?? []) {
    const { kind, name } = reference
    const key = `${kind}/${name}`
    let reading = found.get(key)
    if (!reading) {
      reading = client.find({ apiVersion: 'v1', kind, namespace, name })
      found.set(key, reading)
    }
    const failure = (reason: string) => new ValuesError(`${subjectOf(reference, namespace)}: ${reason}`)
    const referred = await reading
    if (!referred) {
      if (reference.optional) continue
      throw failure(`${kind.toLowerCase()}s "${name}" not found`)
    }
    const text = textOf(referred, reference.valuesKey || VALUES_KEY)
    if (text === undefined) {
      if (reference.optional) continue
      throw failure('key not found')
    }
    try {
      if (reference.targetPath) {
        result = mergedTables(result, inline)
        setAt(result, reference.targetPath, text, reference.literal ?? false)
        if (kind === 'Secret') secrets.push(text, ...textsIn(setAlone(reference.targetPath, text, reference.literal)))
      } else {
        const file = parsed(text)
        if (kind === 'Secret') secrets.push(...textsIn(file))
        result = mergedTables(result, file)
      }
    } catch (error) {
      throw failure(kind === 'Secret' ? withoutQuotes(messageOf(error)) : messageOf(error))
    }
  }
  return { values: mergedTables(result, inline), secrets }
}

function textsIn(value: unknown): string[] {
  if (['string', 'number', 'bigint'].includes(typeof value)) return [String(value)]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(textsIn)
}

function subjectOf({ kind, name, valuesKey, optional }: Reference, namespace: string): string {
  const what = `${optional ? 'optional ' : ''}${kind}`
  return `could not resolve ${what} chart values reference '${namespace}/${name}' with key '${valuesKey || VALUES_KEY}'`
}

/** What errors quote is content. */
const withoutQuotes = (message: string): string => message.replace(/(["'`]).*\1/s, '***')

function textOf({ kind, data }: KubeObject, key: string): string | undefined {
  const value = Object.hasOwn(asTable(data) ?? {}, key) ? asTable(data)?.[key] : undefined
  if (typeof value !== 'string') return undefined
  return kind === 'Secret' ? Buffer.from(value, 'base64').toString('utf8') : value
}

function parsed(text: string): Table {
  let value: unknown
  try {
    value = parseFirst(text, { duplicateKeys: 'last' })
  } catch (error) {
    if (!(error instanceof YamlError)) throw error
    throw new Error(`error converting YAML to JSON: ${error.sigsMessage}`, { cause: error })
  }
  if (value === undefined || value === null) return {}
  const table = asTable(value)
  if (table) return table
  const kind = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value
  const reason = `json: cannot unmarshal ${kind} into Go value of type common.Values`
  throw new Error(`error unmarshaling JSON: while decoding JSON: ${reason}`)
}

/** In the notation of `helm --set`; in quotes, or literally, a value is a text. */
function setAt(values: Table, path: string, text: string, literal: boolean): void {
  if (literal) {
    setValues(values, `${path}=${text.replace(/[\\,[\]{}]/g, '\\$&')}`, 'string')
    return
  }
  const isQuoted = ['"', "'"].some(quote => text.startsWith(quote) && text.endsWith(quote))
  if (isQuoted) setValues(values, `${path}=${text.replace(/^['"]+|['"]+$/g, '')}`, 'string')
  else setValues(values, `${path}=${text}`, 'typed')
}

/** What a text comes to as a value: without the quotes, escapes and commas of the notation. */
function setAlone(path: string, text: string, literal = false): Table {
  const values: Table = {}
  setAt(values, path, text, literal)
  return values
}

function asTable(value: unknown): Table | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Table) : undefined
}
