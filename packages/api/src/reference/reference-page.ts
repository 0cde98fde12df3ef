/** The reference page of a kind, in Markdown, from its definition alone. Pure: the caller writes the file. */
import { objectSchema } from '../crd.ts'
import type { KindDefinition, KindVersion } from '../kind.ts'
import { durationPattern, shortDurationPattern } from '../meta/duration.ts'
import { type FlatField, flatFields } from '../schema/flat-fields.ts'
import type { SchemaNode } from '../schema/schema.ts'

/** Path of a kind's page below the reference folder. */
export function referencePath(kind: KindDefinition): string {
  return `${kind.group}/${kind.singular}.md`
}

/** The page of one kind; `example` is the YAML text of an object of it. */
export function referencePage(kind: KindDefinition, example: string): string {
  const names = [`\`kubectl get ${kind.plural}\``, ...kind.shortNames.map(name => `\`${name}\``)]
  return [
    '<!-- Made from packages/api by scripts/generate/reference.mjs; change the definition, not this page. -->',
    `# ${kind.kind}`,
    kind.description,
    [
      `- **API**: ${kind.versions.map(version => `\`${kind.group}/${version.name}\``).join(', ')}`,
      `- **Names**: ${names.join(', ')}`,
      `- **Scope**: ${kind.scope === 'Namespaced' ? 'a namespace' : 'the cluster'}`,
      `- **Controller**: ${kind.component}`,
    ].join('\n'),
    `\`\`\`yaml\n${example.trimEnd()}\n\`\`\``,
    ...versionSections(kind, kind.versions[0]),
    ...kind.versions.slice(1).flatMap(version => olderSections(kind, version)),
  ]
    .join('\n\n')
    .concat('\n')
}

function versionSections(kind: KindDefinition, version: KindVersion): string[] {
  const schema = objectSchema(kind, version)
  return ['spec', 'status'].flatMap(name => {
    const node = schema.properties?.[name]
    if (!node) return []
    const rules = (node['x-kubernetes-validations'] ?? []).map(({ message }) => `- ${message}`)
    return [
      `## ${name}`,
      node.description ?? '',
      ...(rules.length > 0 ? [`Refused when this is not so:\n\n${rules.join('\n')}`] : []),
      fieldTable(shownFields(node)),
    ]
  })
}

/** What an older version has and lacks. */
function olderSections(kind: KindDefinition, version: KindVersion): string[] {
  const [newest] = kind.versions
  const pathsOf = ({ spec }: KindVersion) => new Set(shownFields(spec().node).map(field => `spec.${field.path}`))
  const [now, then] = [pathsOf(newest), pathsOf(version)]
  const list = (paths: Set<string>, others: Set<string>) =>
    [...paths]
      .filter(path => !others.has(path) && !path.endsWith(']') && isSeen(parentOf(path), others))
      .map(code)
      .join(', ')
  const [lacks, more] = [list(now, then), list(then, now)]
  return [
    `## ${version.name}`,
    `Served for manifests that were written for it; the API server warns: \`${version.deprecationWarning}\`. ` +
      `Objects are stored as \`${newest.name}\`, whatever version they are written in.`,
    ...(lacks ? [`Fields it has not, which are lost when an object is written in this version: ${lacks}.`] : []),
    ...(more ? [`Fields that only it has, which are accepted and dropped: ${more}.`] : []),
  ]
}

const isSeen = (parent: string, others: Set<string>): boolean => parent === 'spec' || others.has(parent)

/** The field that holds this one: `spec.a` of `spec.a[].b`. */
const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('.')).replace(/(\[\]|\{\})$/, '')

/** Items and map values that have no fields of their own are told with their list or map. */
function shownFields(node: SchemaNode): FlatField[] {
  return flatFields(node).filter(({ path, node }) => !/(\[\]|\{\})$/.test(path) || node.properties)
}

function fieldTable(fields: FlatField[]): string {
  const rows = fields.map(field => {
    const { path, node, required } = field
    const cells = [
      `\`${path}\`${required ? ' **required**' : ''}`,
      typeName(node),
      node.default === undefined ? '' : code(JSON.stringify(node.default)),
      rules(node).join('; '),
      node.description ?? '',
    ]
    return `| ${cells.map(cell => cell.replaceAll('\n', ' ')).join(' | ')} |`
  })
  return ['| Field | Type | Default | Rule | Meaning |', '|---|---|---|---|---|', ...rows].join('\n')
}

function typeName(node: SchemaNode): string {
  if (node.items) return `list of ${plural(node.items)}`
  if (node.additionalProperties) return `map of ${plural(node.additionalProperties)}`
  if (node.format === 'date-time') return 'time'
  if (node.pattern === durationPattern || node.pattern === shortDurationPattern) return 'duration'
  return node.type ?? 'anything'
}

function plural(node: SchemaNode): string {
  if (node.items || node.additionalProperties) return typeName(node)
  return node.type ? `${node.type}s` : 'anything'
}

function rules(node: SchemaNode): string[] {
  const { minLength, maxLength, minimum, maximum, minItems, maxItems, pattern } = node
  const values = node.enum ?? node.items?.enum ?? node.additionalProperties?.enum
  return [
    ...(values ? [values.map(code).join(', ')] : []),
    ...(minLength === 1 && maxLength === undefined ? ['not empty'] : range('characters', minLength, maxLength)),
    ...range('', minimum, maximum),
    ...range('items', minItems, maxItems),
    ...patternRule(pattern),
    ...(node['x-kubernetes-list-map-keys'] ?? []).map(key => `\`${key}\` is unique`),
    ...(node['x-kubernetes-validations'] ?? []).map(({ message }) => message),
  ]
}

function patternRule(pattern: string | undefined): string[] {
  if (pattern === undefined || pattern === durationPattern) return []
  return [pattern === shortDurationPattern ? 'no hours' : code(pattern)]
}

function range(unit: string, from: number | undefined, to: number | undefined): string[] {
  if (from === undefined && to === undefined) return []
  const text = from === undefined ? `at most ${to}` : to === undefined ? `at least ${from}` : `${from} to ${to}`
  return [`${text} ${unit}`.trim()]
}

/** Code within a table cell: a bar would end the cell. */
function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``
}

/** The page that lists all kinds by group. */
export function referenceIndex(kinds: readonly KindDefinition[]): string {
  const groups = [...new Set(kinds.map(kind => kind.group))]
  const sections = groups.flatMap(group => [
    `## ${group}`,
    kinds
      .filter(kind => kind.group === group)
      .map(kind => `- [${kind.kind}](${referencePath(kind)}): ${kind.description}`)
      .join('\n'),
  ])
  return [
    '<!-- Made from packages/api by scripts/generate/reference.mjs; change the definition, not this page. -->',
    '# Custom resources',
    'Every kind, with all fields of its spec and status. The definitions themselves are in `packages/api/src`.',
    'A duration is numbers with units, for instance `1h30m`, `90s` or `250ms`; a time is RFC 3339, `2006-01-02T15:04:05Z`.',
    ...sections,
  ]
    .join('\n\n')
    .concat('\n')
}
