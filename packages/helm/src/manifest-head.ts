/**
 * What helm reads of a rendered document before it sorts: kind, name and annotations. Follows SimpleHead of helm's pkg/release/v1/util, read by
 * sigs.k8s.io/yaml: a number or boolean where a text belongs becomes one.
 */
import { goFloatText, parseFirst } from '@sluice/yaml'
import { HelmError } from './helm-error.ts'
import { get, isTable, put, type Table } from './value-table.ts'
import { yamlReason } from './yaml-reason.ts'

export interface ManifestHead {
  kind: string
  name: string
  annotations: Record<string, string>
}

/** `path` is that of the template. Throws HelmError for what is no YAML, or holds something else in these fields. */
export function manifestHead(text: string, path: string): ManifestHead {
  try {
    const value = parseFirst(text, { duplicateKeys: 'last' }) ?? {}
    if (!isTable(value)) throw mismatch(value, 'value of type util.SimpleHead')
    textOf(value, 'apiVersion', 'SimpleHead.apiVersion')
    const kind = textOf(value, 'kind', 'SimpleHead.kind')
    const metadata = tableOf(value, 'metadata', `SimpleHead.metadata of type ${METADATA}`)
    const given = tableOf(metadata, 'annotations', '.metadata.annotations of type map[string]string')
    const annotations: Record<string, string> = {}
    for (const key of Object.keys(given)) put(annotations, key, textOf(given, key, '.metadata.annotations'))
    return { kind, name: textOf(metadata, 'name', '.metadata.name'), annotations }
  } catch (error) {
    throw new HelmError(`YAML parse error on ${path}: ${yamlReason(error)}`, { cause: error })
  }
}

const METADATA = 'struct { Name string "json:\\"name\\""; Annotations map[string]string "json:\\"annotations\\"" }'

function textOf(of: Table, key: string, field: string): string {
  const value = get(of, key) ?? ''
  if (typeof value === 'string') return value
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : goFloatText(value)
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  throw mismatch(value, `struct field ${field} of type string`)
}

function tableOf(of: Table, key: string, field: string): Table {
  const value = get(of, key) ?? {}
  if (!isTable(value)) throw mismatch(value, `struct field ${field}`)
  return value
}

function mismatch(value: unknown, wanted: string): HelmError {
  const kind = typeof value === 'boolean' ? 'bool' : Array.isArray(value) ? 'array' : typeof value
  return new HelmError(`error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${kind} into Go ${wanted}`)
}
