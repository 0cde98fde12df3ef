/**
 * Key-value sources of generators: literals, files and env files, read as kustomize reads them.
 */

import { baseName } from './file-tree.ts'
import { KustomizeError, within } from './kustomize-error.ts'
import type { LayerContext } from './layer-context.ts'

/** A value is bytes where it is not UTF-8. */
export type KeyValues = Map<string, string | Uint8Array>

export interface KeyValueSources {
  literals?: string[] | undefined
  files?: string[] | undefined
  envs?: string[] | undefined
}

/** All pairs of the sources. Throws when a key comes twice. */
export function readKeyValues(name: string, sources: KeyValueSources, context: LayerContext): KeyValues {
  const pairs: [key: string, value: string | Uint8Array][] = []
  const shown = (list: string[] | undefined) => `[${(list ?? []).join(' ')}]`
  within('loading KV pairs', () => {
    within(`env source files: ${shown(sources.envs)}`, () => {
      for (const path of sources.envs ?? []) pairs.push(...envPairs(context.loader.load(path).bytes, path))
    })
    within(`literal sources ${shown(sources.literals)}`, () => {
      for (const literal of sources.literals ?? []) pairs.push(literalPair(literal))
    })
    within(`file sources: ${shown(sources.files)}`, () => {
      for (const source of sources.files ?? []) {
        const { key, path } = fileSource(source)
        pairs.push([key, textOrBytes(context.loader.load(path).bytes)])
      }
    })
  })
  const values: KeyValues = new Map()
  for (const [key, value] of pairs) {
    if (values.has(key)) throw new KustomizeError(`configmap ${name} illegally repeats the key \`${key}\``)
    values.set(key, value)
  }
  return values
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function textOrBytes(bytes: Uint8Array): string | Uint8Array {
  try {
    return strict.decode(bytes)
  } catch {
    return bytes
  }
}

function literalPair(source: string): [string, string] {
  const equals = source.indexOf('=')
  if (equals < 1) throw new KustomizeError(`invalid literal source ${source}, expected key=value`)
  return [source.slice(0, equals), unquoted(source.slice(equals + 1))]
}

/** Without one pair of equal quotes around the whole. */
function unquoted(text: string): string {
  const first = text[0]
  return text.length >= 2 && first === text.at(-1) && (first === '"' || first === "'") ? text.slice(1, -1) : text
}

function fileSource(source: string): { key: string; path: string } {
  const parts = source.split('=')
  if (parts.length > 2) throw new KustomizeError(`source "${source}" key name or file path contains '='`)
  const [first = '', second] = parts
  if (second === undefined) return { key: baseName(first), path: first }
  if (first === '') throw new KustomizeError(`missing key name for file path "${second}" in source "${source}"`)
  if (second === '') throw new KustomizeError(`missing file path for key name "${first}" in source "${source}"`)
  return { key: first, path: second }
}

function envPairs(bytes: Uint8Array, path: string): [string, string][] {
  let text: string
  try {
    text = strict.decode(bytes)
  } catch {
    throw new KustomizeError(`${path} has invalid utf8 bytes`, { file: path })
  }
  const pairs: [string, string][] = []
  for (const [i, raw] of text.split('\n').entries()) {
    let line = raw.endsWith('\r') ? raw.slice(0, -1) : raw
    if (i === 0 && line.startsWith('\ufeff')) line = line.slice(1)
    line = line.replace(/^[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/, '')
    if (line === '' || line.startsWith('#')) continue
    const equals = line.indexOf('=')
    if (equals < 0) pairs.push([line, ''])
    else if (equals > 0) pairs.push([line.slice(0, equals), line.slice(equals + 1)])
  }
  return pairs
}
