/**
 * The text of a repository's index, YAML or JSON, into what is kept of it and into the form that is published: Flux stores
 * the index as indented JSON with the fields of Helm's structures in their order. YAML is read strictly, JSON leniently,
 * and entries that are no charts are left out, all as Flux does.
 */
import { parseVersion } from '@sluice/semver'
import { parseFirst, YamlError } from '@sluice/yaml'
import { ChartIndex, type IndexEntry } from './chart-index.ts'
import { IndexError, isRow, type Row, readFile, readVersion } from './index-fields.ts'

export interface ReadIndex {
  index: ChartIndex
  /** The published form. */
  json(): Buffer
}

/** @throws {IndexError} with Flux's words */
export function readIndex(bytes: Uint8Array): ReadIndex {
  if (bytes.length === 0) throw new IndexError('empty index.yaml file')
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
  const json = jsonOf(text)
  try {
    return indexOf(json ?? yamlOf(text), json === undefined)
  } catch (error) {
    if (!(error instanceof IndexError) || json !== undefined || !/^(json|parsing|Time)/.test(error.message)) throw error
    throw new IndexError(`error unmarshaling JSON: while decoding JSON: ${error.message}`, { cause: error })
  }
}

function indexOf(value: unknown, strict: boolean): ReadIndex {
  if (value !== undefined && value !== null && !isRow(value)) {
    const kind = Array.isArray(value) ? 'array' : typeof value
    throw new IndexError(`json: cannot unmarshal ${kind} into Go value of type repo.IndexFile`)
  }
  const file = readFile(value ?? {}, strict)
  const given = file.entries ?? {}
  if (!isRow(given)) {
    const kind = Array.isArray(given) ? 'array' : typeof given
    const field = 'IndexFile.entries of type map[string]repo.ChartVersions'
    throw new IndexError(`json: cannot unmarshal ${kind} into Go struct field ${field}`)
  }
  const entries = new Map<string, IndexEntry[]>()
  const published: Record<string, Row[]> = {}
  for (const name of Object.keys(given).sort(byBytes)) {
    const versions = given[name] ?? []
    if (!Array.isArray(versions)) {
      throw new IndexError('json: cannot unmarshal object into Go struct field IndexFile.entries of type ChartVersions')
    }
    const rows = versions
      .filter(isRow)
      .map(version => readVersion(version, strict))
      .filter(isChart)
    published[name] = rows
    entries.set(name, rows.map(entryOf))
  }
  if (file.apiVersion === '') throw new IndexError('no API version specified')
  return {
    index: new ChartIndex(entries),
    json: () => Buffer.from(goJson({ ...file, entries: file.entries === null ? null : published })),
  }
}

/** What Helm's checks let through. */
function isChart(row: Row): boolean {
  const { name, version, type = '' } = row
  if (typeof name !== 'string' || name === '.' || name === '..' || /[/\\]/.test(name)) return false
  if (typeof version !== 'string' || !parseVersion(version)) return false
  return type === '' || type === 'application' || type === 'library'
}

function entryOf(row: Row): IndexEntry {
  const { name, version, urls, digest, created } = row
  return {
    name: String(name),
    version: String(version),
    urls: Array.isArray(urls) ? urls.map(String) : [],
    digest: typeof digest === 'string' ? digest : '',
    created: Date.parse(String(created)),
  }
}

function jsonOf(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch {
    return undefined
  }
}

function yamlOf(text: string): unknown {
  try {
    return parseFirst(text, { maxLength: 64 * 1024 * 1024 })
  } catch (error) {
    if (!(error instanceof YamlError)) throw error
    throw new IndexError(`error converting YAML to JSON: ${strictWords(error)}`, { cause: error })
  }
}

/** What go-yaml's strict reading says of a key that comes twice. */
function strictWords({ reason, line, sigsMessage }: YamlError): string {
  const twice = /^mapping key (".*") already defined$/s.exec(reason)
  return twice ? `yaml: unmarshal errors:\n  line ${line}: key ${twice[1]} already set in map` : sigsMessage
}

/** As Go's encoder writes: two spaces, and the characters of HTML escaped. */
function goJson(value: unknown): string {
  const text = JSON.stringify(value, null, 2)
  if (!/[<>&\u2028\u2029]/.test(text)) return text
  return text.replace(/[<>&\u2028\u2029]/g, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
