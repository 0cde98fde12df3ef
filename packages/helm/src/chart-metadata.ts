/** Chart.yaml: read as Helm reads it, unknown keys ignored, checked by its rules. */
import { parseFirst, YamlError } from '@sluice/yaml'
import type { ChartDependency, ChartLock, ChartMetadata, ImportValue, Maintainer } from './chart.ts'
import { float32Text } from './float32-text.ts'
import { HelmError } from './helm-error.ts'
import { isTable, type Table } from './value-table.ts'

/** Throws HelmError when the text is no YAML mapping. */
export function parseMetadata(text: string): ChartMetadata {
  const fields = yamlTable(text, 'cannot load Chart.yaml')
  return {
    apiVersion: string(fields.apiVersion, 'apiVersion'),
    name: string(fields.name, 'name'),
    version: string(fields.version, 'version'),
    kubeVersion: string(fields.kubeVersion, 'kubeVersion'),
    description: cleaned(string(fields.description, 'description')),
    type: string(fields.type, 'type'),
    keywords: strings(fields.keywords, 'keywords').map(cleaned),
    home: cleaned(string(fields.home, 'home')),
    sources: strings(fields.sources, 'sources').map(cleaned),
    dependencies: parseDependencies(fields),
    maintainers: tables(fields.maintainers, 'maintainers').map(maintainerOf),
    icon: cleaned(string(fields.icon, 'icon')),
    appVersion: string(fields.appVersion, 'appVersion'),
    deprecated: flag(fields.deprecated, 'deprecated'),
    annotations: stringTable(fields.annotations, 'annotations'),
    condition: string(fields.condition, 'condition'),
    tags: string(fields.tags, 'tags'),
  }
}

/** The `dependencies` of Chart.yaml, or of requirements.yaml of charts with API version v1. */
export function parseDependencies(fields: Table): ChartDependency[] {
  return tables(fields.dependencies, 'dependencies').map(entry => ({
    name: string(entry.name, 'dependencies.name'),
    version: string(entry.version, 'dependencies.version'),
    repository: string(entry.repository, 'dependencies.repository'),
    condition: string(entry.condition, 'dependencies.condition'),
    tags: strings(entry.tags, 'dependencies.tags'),
    importValues: list(entry['import-values'], 'dependencies.import-values').flatMap(importValueOf),
    alias: string(entry.alias, 'dependencies.alias'),
  }))
}

/** Chart.lock; what stands there besides goes unread. */
export function parseLock(fields: Table): ChartLock {
  return {
    generated: string(fields.generated, 'generated'),
    digest: string(fields.digest, 'digest'),
    dependencies: tables(fields.dependencies, 'dependencies').map(entry => ({
      name: string(entry.name, 'dependencies.name'),
      version: string(entry.version, 'dependencies.version'),
      repository: string(entry.repository, 'dependencies.repository'),
    })),
  }
}

export function yamlTable(text: string, failure: string): Table {
  let value: unknown
  try {
    value = parseFirst(text, { duplicateKeys: 'last' })
  } catch (error) {
    const reason = error instanceof YamlError ? `error converting YAML to JSON: ${error.sigsMessage}` : error
    throw new HelmError(`${failure}: ${reason}`, { cause: error })
  }
  if (value === undefined || value === null) return {}
  if (!isTable(value)) throw new HelmError(`${failure}: it must be a mapping, not ${kindOf(value)}`)
  return value
}

/** What makes Helm refuse a chart whose Chart.yaml could be read. */
export function validateMetadata({ name, version, type, dependencies }: ChartMetadata): void {
  const invalid = (reason: string) => new HelmError(`validation: ${reason}`)
  if (name === '') throw invalid('chart.metadata.name is required')
  if (name === '.' || name === '..') throw invalid(`chart.metadata.name "${name}" is not allowed`)
  if (/[/\\]/.test(name)) throw invalid(`chart.metadata.name "${name}" is invalid`)
  if (version === '') throw invalid('chart.metadata.version is required')
  if (!looseVersion.test(version)) throw invalid(`chart.metadata.version "${version}" is invalid`)
  if (!['', 'application', 'library'].includes(type)) {
    throw invalid('chart.metadata.type must be application or library')
  }
  const names = new Set<string>()
  for (const dependency of dependencies) {
    if (dependency.alias !== '' && !/^[a-zA-Z0-9_-]+$/.test(dependency.alias)) {
      throw invalid(`dependency "${dependency.name}" has disallowed characters in the alias`)
    }
    const key = dependency.alias || dependency.name
    if (names.has(key)) throw invalid(`more than one dependency with name or alias "${key}"`)
    names.add(key)
  }
}

const looseVersion = /^v?\d+(\.\d+)?(\.\d+)?(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/

function maintainerOf(entry: Table): Maintainer {
  return {
    name: cleaned(string(entry.name, 'maintainers.name')),
    email: cleaned(string(entry.email, 'maintainers.email')),
    url: cleaned(string(entry.url, 'maintainers.url')),
  }
}

function importValueOf(value: unknown): ImportValue[] {
  if (typeof value === 'string') return [value]
  if (!isTable(value)) return []
  return [{ child: printed(value.child), parent: printed(value.parent) }]
}

const printed = (value: unknown): string => (value === undefined || value === null ? '<nil>' : String(value))

function string(value: unknown, field: string): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return Number.isInteger(value) ? String(BigInt(value)) : float32Text(value)
  throw new HelmError(`cannot load Chart.yaml: ${field} must be a string, not ${kindOf(value)}`)
}

function flag(value: unknown, field: string): boolean {
  if (value === undefined || value === null) return false
  if (typeof value === 'boolean') return value
  throw new HelmError(`cannot load Chart.yaml: ${field} must be true or false, not ${kindOf(value)}`)
}

function list(value: unknown, field: string): unknown[] {
  if (value === undefined || value === null) return []
  if (Array.isArray(value)) return value
  throw new HelmError(`cannot load Chart.yaml: ${field} must be a list, not ${kindOf(value)}`)
}

const strings = (value: unknown, field: string): string[] => list(value, field).map(item => string(item, field))

function tables(value: unknown, field: string): Table[] {
  return list(value, field).map(item => {
    if (isTable(item)) return item
    if (item === null) throw new HelmError(`validation: ${field} must not contain empty or null nodes`)
    throw new HelmError(`cannot load Chart.yaml: entries of ${field} must be mappings, not ${kindOf(item)}`)
  })
}

function stringTable(value: unknown, field: string): Record<string, string> {
  if (value === undefined || value === null) return {}
  if (!isTable(value)) throw new HelmError(`cannot load Chart.yaml: ${field} must be a mapping, not ${kindOf(value)}`)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, string(item, `${field}.${key}`)]))
}

function kindOf(value: unknown): string {
  return Array.isArray(value)
    ? 'a list'
    : value !== null && typeof value === 'object'
      ? 'a mapping'
      : `a ${typeof value}`
}

/** Blanks of every sort become spaces, what cannot be printed goes. */
function cleaned(text: string): string {
  if (/^[ -~]*$/.test(text)) return text
  return text.replace(/\s/g, ' ').replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}]/gu, '')
}
