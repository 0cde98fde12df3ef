/** An apply that would change what others own. Worded as the real server words it; the caller answers 409 with these causes. */
import { difference, type Fields, isEmpty, noFields, pathsIn, pathText, union } from './fields.ts'
import type { ManagerRecord } from './manager-records.ts'

export interface ConflictCause {
  reason: 'FieldManagerConflict'
  message: string
  field: string
}

/** By manager identifier. */
export type Conflicts = Map<string, { record: ManagerRecord; fields: Fields }>

function managerText({ manager, operation, apiVersion, subresource }: ManagerRecord): string {
  const name = JSON.stringify(manager) + (subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`)
  return operation === 'Update' ? `${name} using ${apiVersion}` : name
}

export class ConflictError extends Error {
  override readonly name = 'ConflictError'
  readonly causes: ConflictCause[]
  readonly #conflicts: Conflicts

  constructor(conflicts: Conflicts) {
    const byManager = [...conflicts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { record, fields }]) => ({ text: managerText(record), paths: pathsIn(fields).map(pathText) }))
    const causes = byManager.flatMap(({ text, paths }) =>
      paths.map(
        (field): ConflictCause => ({ reason: 'FieldManagerConflict', message: `conflict with ${text}`, field }),
      ),
    )
    const [only] = causes
    const message =
      causes.length === 1 && only !== undefined
        ? `Apply failed with 1 conflict: ${only.message}: ${only.field}`
        : `Apply failed with ${causes.length} conflicts: ${byManager
            .map(({ text, paths }) => [`conflicts with ${text}:`, ...paths.map(path => `- ${path}`)].join('\n'))
            .join('\n')}`
    super(message)
    this.causes = causes
    this.#conflicts = conflicts
  }

  /** All paths in conflict. */
  get fields(): Fields {
    let all = noFields
    for (const { fields } of this.#conflicts.values()) all = union(all, fields)
    return all
  }

  /** The same without these paths. */
  without(fields: Fields): ConflictError {
    const rest: Conflicts = new Map()
    for (const [id, conflict] of this.#conflicts) {
      const left = difference(conflict.fields, fields)
      if (!isEmpty(left)) rest.set(id, { ...conflict, fields: left })
    }
    return new ConflictError(rest)
  }
}
