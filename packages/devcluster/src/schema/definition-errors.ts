/** What is wrong with the versions of a definition: names, storage, schemas, scale. Paths are those of the server's internal form. */
import { isObject } from '../merge/json.ts'
import { type Cause, invalid, notSupported } from './cause.ts'
import { structuralErrors } from './structural-errors.ts'

const label = /^[a-z]([-a-z0-9]*[a-z0-9])?$/
const labelText =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"

/** @param spec of a CustomResourceDefinition, defaulted */
export function definitionErrors(spec: Record<string, unknown>): Cause[] {
  const causes: Cause[] = []
  const versions = Array.isArray(spec.versions) ? spec.versions.filter(isObject) : []
  const names = versions.map(({ name }) => (typeof name === 'string' ? name : ''))
  for (const [at, name] of names.entries()) {
    if (!label.test(name)) causes.push(invalid(`spec.versions[${at}].name`, name, labelText))
  }
  const [first = ''] = names
  if (names.length > 0 && !label.test(first)) causes.push(invalid('spec.version', first, labelText))
  if (new Set(names).size !== names.length) {
    causes.push(invalid('spec.versions', versions, 'must contain unique version names'))
  }
  const stored = versions.filter(({ storage }) => storage === true)
  if (stored.length !== 1) {
    causes.push(invalid('spec.versions', versions, 'must have exactly one version marked as storage version'))
  }
  if (stored.length === 0) {
    causes.push(invalid('status.storedVersions', null, 'must have at least one stored version'))
  }
  const { scope } = spec
  if (scope !== 'Cluster' && scope !== 'Namespaced') {
    causes.push(notSupported('spec.scope', scope ?? '', ['Cluster', 'Namespaced']))
  }
  causes.push(...schemaErrors(versions), ...scaleErrors(versions))
  return causes
}

/** A part that all versions share stands at the top in the server's internal form. */
function wherePart(
  versions: readonly Record<string, unknown>[],
  key: string,
  top: string,
): (at: number) => string | undefined {
  const texts = new Set(versions.map(version => JSON.stringify(version[key] ?? null)))
  if (texts.size > 1) return at => `spec.versions[${at}].${key}`
  return at => (at === 0 ? top : undefined)
}

function schemaErrors(versions: readonly Record<string, unknown>[]): Cause[] {
  const where = wherePart(versions, 'schema', 'spec.validation')
  return versions.flatMap(({ schema }, at): Cause[] => {
    const openAPIV3Schema = isObject(schema) ? schema.openAPIV3Schema : undefined
    if (!isObject(openAPIV3Schema)) {
      const field = `spec.versions[${at}].schema.openAPIV3Schema`
      return [{ reason: 'FieldValueRequired', message: 'Required value', field }]
    }
    const path = where(at)
    return path === undefined ? [] : structuralErrors(openAPIV3Schema, `${path}.openAPIV3Schema`)
  })
}

function scaleErrors(versions: readonly Record<string, unknown>[]): Cause[] {
  const where = wherePart(versions, 'subresources', 'spec.subresources')
  return versions.flatMap(({ subresources }, at): Cause[] => {
    const path = where(at)
    const scale = isObject(subresources) ? subresources.scale : undefined
    if (path === undefined || !isObject(scale)) return []
    const check = (key: string, root: string): Cause[] => {
      const value = scale[key]
      const field = `${path}.scale.${key}`
      if (typeof value !== 'string' || value === '') {
        return [{ reason: 'FieldValueRequired', message: 'Required value', field }]
      }
      if (!/^(\.[A-Za-z_][\w-]*)+$/.test(value)) {
        return [invalid(field, value, 'must be a simple json path starting with .')]
      }
      return value.startsWith(`${root}.`) ? [] : [invalid(field, value, `should be a json path under ${root}`)]
    }
    return [...check('specReplicasPath', '.spec'), ...check('statusReplicasPath', '.status')]
  })
}
