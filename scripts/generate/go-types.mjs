// Makes packages/devcluster/src/go-types/generated/types.ts from the Go types of Kubernetes' API: how each struct is spelled in
// JSON and protobuf, which fields are pointers, which are left out when empty. The API server needs it to read what Go clients
// send (protobuf) and to show objects exactly as Go would encode them.
//
//   node scripts/generate/go-types.mjs <k8s.io/api> <k8s.io/apimachinery> <k8s.io/apiextensions-apiserver>   (checked-out sources)
//
// One line a struct: `package.Name field field ...`, a field being `name,number,type,flags`; see go-types/go-struct.ts.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const [api, machinery, extensions] = process.argv.slice(2)
if (!extensions) {
  process.stderr.write(
    'usage: node scripts/generate/go-types.mjs <k8s.io/api> <k8s.io/apimachinery> <k8s.io/apiextensions-apiserver>\n',
  )
  process.exit(2)
}

// Import path -> short package name used in the table.
const packages = new Map()
for (const group of readdirSync(api)) {
  for (const version of ['v1', 'v2']) {
    const folder = join(api, group, version)
    if (existsSync(join(folder, 'types.go')))
      packages.set(`k8s.io/api/${group}/${version}`, { folder, short: `${group}/${version}` })
  }
}
packages.set('k8s.io/apimachinery/pkg/apis/meta/v1', { folder: join(machinery, 'pkg/apis/meta/v1'), short: 'meta/v1' })
packages.set('k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1', {
  folder: join(extensions, 'pkg/apis/apiextensions/v1'),
  short: 'apiextensions/v1',
})

// Types that have an encoding of their own.
const special = {
  'meta/v1.Time': 'T',
  'meta/v1.MicroTime': 'M',
  'meta/v1.Duration': 'D',
  'meta/v1.FieldsV1': 'F',
  'k8s.io/apimachinery/pkg/api/resource.Quantity': 'Q',
  'k8s.io/apimachinery/pkg/util/intstr.IntOrString': 'I',
  'k8s.io/apimachinery/pkg/runtime.RawExtension': 'R',
  'k8s.io/apimachinery/pkg/types.UID': 's',
  'apiextensions/v1.JSON': 'J',
  'apiextensions/v1.JSONSchemaPropsOrBool': 'JB',
  'apiextensions/v1.JSONSchemaPropsOrArray': 'JA',
  'apiextensions/v1.JSONSchemaPropsOrStringArray': 'JS',
}
const basic = {
  string: 's',
  bool: 'b',
  int32: 'i',
  int64: 'l',
  int: 'l',
  uint32: 'i',
  uint64: 'l',
  uint8: 'i',
  byte: 'i',
  float64: 'd',
  float32: 'd',
}

/** Declarations by `short.Name`: { struct: lines } or { alias: type }. */
const declared = new Map()
for (const { folder, short } of packages.values()) {
  for (const file of readdirSync(folder).filter(f => f.endsWith('.go') && !/_test|generated|zz_|doc\.go/.test(f))) {
    const text = readFileSync(join(folder, file), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '')
    const imports = new Map()
    for (const [, alias, from] of text.matchAll(/^\s*(?:import\s+)?([\w.]+)?\s*"([^"]+)"$/gm))
      imports.set(alias || from.split('/').at(-1), from)
    const scope = { short, imports }
    for (const [, name, body] of text.matchAll(/^type (\w+) struct \{\n([\s\S]*?)^\}/gm))
      declared.set(`${short}.${name}`, { body, scope })
    for (const [, name] of text.matchAll(/^type (\w+) struct ?\{ *\}/gm))
      declared.set(`${short}.${name}`, { body: '', scope })
    for (const [, name, type] of text.matchAll(/^type (\w+) (?!struct|interface|func|=)([^\n{]+)$/gm))
      declared.set(`${short}.${name}`, { alias: type.trim(), scope })
  }
}

function typeOf(text, scope) {
  if (text.startsWith('*')) return typeOf(text.slice(1), scope)
  if (text === '[]byte') return 'y'
  if (text.startsWith('[]')) return `[${typeOf(text.slice(2), scope)}`
  const map = text.match(/^map\[[\w.]+\](.*)$/)
  if (map) return `{${typeOf(map[1], scope)}`
  if (basic[text]) return basic[text]
  let key
  if (text.includes('.')) {
    const [alias, name] = text.split('.')
    const from = scope.imports.get(alias)
    const known = packages.get(from)
    key = known ? `${known.short}.${name}` : `${from}.${name}`
  } else key = `${scope.short}.${text}`
  if (special[key]) return special[key]
  const found = declared.get(key)
  if (!found) throw new Error(`no declaration of ${key}`)
  if (found.body !== undefined) return `@${key}`
  // A named slice is a message of its own in protobuf, with the list as field 1.
  if (found.alias.startsWith('[]') && found.alias !== '[]byte') return `^${typeOf(found.alias.slice(2), found.scope)}`
  return typeOf(found.alias, found.scope)
}

const rows = []
for (const [key, { body, scope }] of declared) {
  if (body === undefined || special[key]) continue
  const fields = []
  for (const line of body.split('\n')) {
    const match = line.trim().match(/^(?:(\w+)\s+)?([*[\]\w.]+)\s+`([^`]*)`/)
    if (!match) continue
    const [, , type, tags] = match
    const json = tags.match(/json:"([^"]*)"/)?.[1]
    const proto = tags.match(/protobuf:"([^"]*)"/)?.[1]
    if (json === undefined || json === '-') continue
    const [name, ...options] = json.split(',')
    const number = proto ? Number(proto.split(',')[1]) : 0
    if (!number && options.includes('inline')) continue // TypeMeta
    const code = typeOf(type, scope)
    let flags = ''
    if (type.startsWith('*')) flags += '*'
    if (!options.includes('omitempty') && !options.includes('omitzero')) flags += '!'
    if (options.includes('omitzero')) flags += '0'
    if (options.includes('inline') || name === '') flags += '='
    fields.push(`${name},${number},${code}${flags ? `,${flags}` : ''}`)
  }
  if (fields.length) rows.push(`${key} ${fields.join(' ')}`)
}
rows.sort()
const target = new URL('../../packages/devcluster/src/go-types/generated/types.ts', import.meta.url)
writeFileSync(
  target,
  `// Kubernetes' API types as Go encodes them. Generated by scripts/generate/go-types.mjs.\nexport default \`${rows.join('\n')}\`\n`,
)
process.stdout.write(`${rows.length} types\n`)
