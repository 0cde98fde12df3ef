/** Query parameters of requests, checked as apiserver checks its option kinds. */
import { badRequest, type Cause, invalid, quoted } from '../api-error.ts'
import { invalidValue, unsupported } from '../requests/metadata-validation.ts'
import type { ListQuery } from '../requests/read.ts'
import type { WriteQuery } from '../requests/request.ts'
import type { WatchQuery } from './watch-stream.ts'

const isTrue = (value: string | null) => value !== null && value !== 'false' && value !== '0'

/** Throws 422 on `<kind>.meta.k8s.io`. */
export function writeQuery(
  query: URLSearchParams,
  kind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions',
  isApply = false,
): WriteQuery {
  const causes: Cause[] = []
  const dryRun = query.getAll('dryRun').filter(d => d !== '')
  if (dryRun.some(d => d !== 'All')) {
    causes.push({
      reason: 'FieldValueNotSupported',
      message: `Unsupported value: ${JSON.stringify(dryRun)}: supported values: "All"`,
      field: 'dryRun',
    })
  }
  const fieldManager = query.get('fieldManager') ?? ''
  if (fieldManager.length > 128) {
    causes.push({
      reason: 'FieldValueTooLong',
      message: 'Too long: may not be more than 128 bytes',
      field: 'fieldManager',
    })
  }
  for (let i = 0; i < fieldManager.length; i++) {
    const code = fieldManager.charCodeAt(i)
    if (code >= 32 && code !== 127) continue
    const shown = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
    causes.push(invalidValue('fieldManager', fieldManager, `invalid character ${shown} (at position ${i})`))
    break
  }
  const fieldValidation = query.get('fieldValidation') ?? ''
  if (!['', 'Ignore', 'Warn', 'Strict'].includes(fieldValidation)) {
    causes.push(unsupported('fieldValidation', fieldValidation, ['Ignore', 'Strict', 'Warn', '']))
  }
  const force = query.get('force')
  if (force !== null && kind === 'PatchOptions' && !isApply) {
    causes.push({
      reason: 'FieldValueForbidden',
      message: 'Forbidden: may not be specified for non-apply patch',
      field: 'force',
    })
  }
  if (causes.length) throw invalid({ group: 'meta.k8s.io', kind }, '', causes)
  return {
    fieldManager,
    dryRun: dryRun.length > 0,
    fieldValidation: fieldValidation === 'Ignore' || fieldValidation === 'Strict' ? fieldValidation : 'Warn',
    ...(force !== null ? { force: isTrue(force) } : {}),
  }
}

function integer(query: URLSearchParams, name: string): number {
  const text = query.get(name)
  if (!text) return 0
  if (!/^-?\d+$/.test(text)) {
    throw badRequest(`strconv.ParseInt: parsing ${quoted(text)}: invalid syntax`)
  }
  return Number(text)
}

export function listQuery(query: URLSearchParams): ListQuery {
  return {
    labelSelector: query.get('labelSelector'),
    fieldSelector: query.get('fieldSelector'),
    limit: integer(query, 'limit'),
    continue: query.get('continue') ?? '',
    resourceVersion: query.get('resourceVersion') ?? '',
    resourceVersionMatch: query.get('resourceVersionMatch') ?? '',
    sendInitialEvents: query.has('sendInitialEvents'),
  }
}

export function watchQuery(query: URLSearchParams): WatchQuery {
  return {
    labelSelector: query.get('labelSelector'),
    fieldSelector: query.get('fieldSelector'),
    resourceVersion: query.get('resourceVersion') ?? '',
    resourceVersionMatch: query.get('resourceVersionMatch') ?? '',
    sendInitialEvents: query.has('sendInitialEvents') ? isTrue(query.get('sendInitialEvents')) : undefined,
    allowBookmarks: isTrue(query.get('allowWatchBookmarks')),
    timeoutSeconds: integer(query, 'timeoutSeconds'),
    includeObject: query.get('includeObject'),
  }
}

/** DeleteOptions that came as parameters. */
export function deleteQuery(query: URLSearchParams): Record<string, unknown> {
  const seconds = query.get('gracePeriodSeconds')
  const orphan = query.get('orphanDependents')
  const dryRun = query.getAll('dryRun').filter(d => d !== '')
  return {
    ...(query.get('propagationPolicy') ? { propagationPolicy: query.get('propagationPolicy') } : {}),
    ...(seconds ? { gracePeriodSeconds: Number(seconds) } : {}),
    ...(orphan !== null ? { orphanDependents: isTrue(orphan) } : {}),
    ...(dryRun.length ? { dryRun } : {}),
  }
}
