/**
 * The hash that ends the name of a generated ConfigMap or Secret: over the data alone, as kustomize computes it.
 */
import { sha256 } from '#sha256'
import { KustomizeError } from './kustomize-error.ts'
import type { Resource } from './resource.ts'
import type { ResourceSet } from './resource-set.ts'
import { isMapping, own, plain, put } from './tree.ts'

/** Gives every generated object its final name. */
export function addHashes(set: ResourceSet): void {
  const generated = set.resources.filter(resource => resource.needsHash)
  for (const resource of generated) {
    resource.rememberId()
    put(resource.metadata, 'name', `${resource.name}-${contentHash(resource)}`)
  }
  if (generated.length > 0) set.changed()
}

export function contentHash(resource: Resource): string {
  const object = resource.object
  const field = (name: string): unknown => own(object, name)
  const encoded: Record<string, unknown> = {}
  switch (resource.kind) {
    case 'ConfigMap':
      if (isMapping(field('binaryData'))) encoded.binaryData = plain(field('binaryData'))
      encoded.data = plain(field('data') ?? '')
      encoded.kind = 'ConfigMap'
      encoded.name = ''
      break
    case 'Secret':
      encoded.data = plain(field('data') ?? '')
      encoded.kind = 'Secret'
      encoded.name = ''
      if (isMapping(field('stringData'))) encoded.stringData = plain(field('stringData'))
      encoded.type = plain(field('type') ?? '')
      break
    default:
      throw new KustomizeError(`only ConfigMaps and Secrets get a hash in their name, ${resource.text} cannot have one`)
  }
  const digest = sha256(goJson(encoded))
  return digest.slice(0, 10).replace(/[013ae]/g, char => replacements[char] ?? char)
}

const replacements: Readonly<Record<string, string>> = { '0': 'g', '1': 'h', '3': 'k', a: 'm', e: 't' }

/** JSON as Go's encoding/json writes it: keys sorted by bytes, HTML characters escaped. */
export function goJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goJson).join(',')}]`
  if (isMapping(value)) {
    const keys = Object.keys(value).sort(byBytes)
    return `{${keys.map(key => `${goString(key)}:${goJson(value[key])}`).join(',')}}`
  }
  if (typeof value === 'string') return goString(value)
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value ?? null)
}

function goString(text: string): string {
  return JSON.stringify(text.toWellFormed()).replace(
    /[<>&\u2028\u2029]/g,
    char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff

/** By the bytes of UTF-8, which is by code point: only where a surrogate meets another unit does that differ from the order of units. */
function byBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x === y) continue
    const [high, other] = [isSurrogate(x), isSurrogate(y)]
    return high === other ? x - y : high ? 1 : -1
  }
  return a.length - b.length
}
