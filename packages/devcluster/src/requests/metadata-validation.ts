/**
 * The rules every object's metadata obeys (apimachinery `api/validation`): names, labels, annotations, finalizers, owner
 * references, and on update what may not change.
 */
import type { KubeObject, ObjectMeta, OwnerReference } from '@sluice/api'
import { type Cause, quoted } from '../api-error.ts'
import type { NameRule } from '../kinds/strategy.ts'

export const subdomainPattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
export const labelPattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const label1035Pattern = /^[a-z]([-a-z0-9]*[a-z0-9])?$/
const qualifiedName = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/
const labelValuePattern = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/

export const subdomainText =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
export const labelText =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
const label1035Text =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
const qualifiedText =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
const labelValueText =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"

export const invalidValue = (field: string, value: unknown, detail: string): Cause => ({
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${typeof value === 'string' ? quoted(value) : JSON.stringify(value)}: ${detail}`,
  field,
})
export const required = (field: string, detail = ''): Cause => ({
  reason: 'FieldValueRequired',
  message: detail ? `Required value: ${detail}` : 'Required value',
  field,
})
export const forbiddenField = (field: string, detail: string): Cause => ({
  reason: 'FieldValueForbidden',
  message: `Forbidden: ${detail}`,
  field,
})
export const duplicate = (field: string, value: unknown): Cause => ({
  reason: 'FieldValueDuplicate',
  message: `Duplicate value: ${JSON.stringify(value)}`,
  field,
})
export const unsupported = (field: string, value: unknown, supported: readonly string[]): Cause => ({
  reason: 'FieldValueNotSupported',
  message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported.map(quoted).join(', ')}`,
  field,
})
export const tooLong = (field: string, limit: number): Cause => ({
  reason: 'FieldValueTooLong',
  message: `Too long: may not be more than ${limit} bytes`,
  field,
})

/** What is wrong with a name, empty when nothing. */
export function nameProblems(name: string, rule: NameRule): string[] {
  const out: string[] = []
  if (rule === 'path') {
    if (name === '.') out.push("may not be '.'")
    if (name === '..') out.push("may not be '..'")
    if (name.includes('/')) out.push("may not contain '/'")
    if (name.includes('%')) out.push("may not contain '%'")
    return out
  }
  const limit = rule === 'subdomain' ? 253 : 63
  if (name.length > limit) out.push(`must be no more than ${limit} characters`)
  if (rule === 'subdomain' && !subdomainPattern.test(name)) out.push(subdomainText)
  if (rule === 'label' && name.includes('.')) out.push('must not contain dots')
  else if (rule === 'label' && !labelPattern.test(name)) out.push(labelText)
  if (rule === 'label1035' && !label1035Pattern.test(name)) out.push(label1035Text)
  return out
}

/** `what` names the kind of key in the text for keys of more than two parts. */
export function qualifiedNameProblems(key: string, what = 'a qualified name'): string[] {
  const parts = key.split('/')
  if (parts.length > 2) {
    return [
      `${what} must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ]
  }
  const out: string[] = []
  const name = parts.at(-1) ?? ''
  if (parts.length === 2) {
    const prefix = parts[0] ?? ''
    if (prefix === '') out.push('prefix part must be non-empty')
    else out.push(...nameProblems(prefix, 'subdomain').map(p => `prefix part ${p}`))
  }
  if (name === '') out.push('name part must be non-empty')
  else if (name.length > 63) out.push('name part must be no more than 63 bytes')
  if (!qualifiedName.test(name)) out.push(qualifiedText)
  return out
}

export function labelCauses(labels: Readonly<Record<string, string>> | undefined, field: string): Cause[] {
  const out: Cause[] = []
  for (const [key, value] of Object.entries(labels ?? {})) {
    for (const problem of qualifiedNameProblems(key, 'a valid label key')) out.push(invalidValue(field, key, problem))
    if (value.length > 63) out.push(invalidValue(field, value, 'must be no more than 63 bytes'))
    if (!labelValuePattern.test(value)) out.push(invalidValue(field, value, labelValueText))
  }
  return out
}

function annotationCauses(annotations: Readonly<Record<string, string>> | undefined, field: string): Cause[] {
  const out: Cause[] = []
  let size = 0
  for (const [key, value] of Object.entries(annotations ?? {})) {
    for (const problem of qualifiedNameProblems(key.toLowerCase())) out.push(invalidValue(field, key, problem))
    size += key.length + value.length
  }
  if (size > 262144) out.push(tooLong(field, 262144))
  return out
}

function ownerCauses(owners: readonly OwnerReference[] | undefined, field: string): Cause[] {
  if (!owners?.length) return []
  const out: Cause[] = []
  let controller: OwnerReference | undefined
  for (const owner of owners) {
    if (!owner.apiVersion)
      out.push(invalidValue(`${field}.apiVersion`, owner.apiVersion ?? '', 'version must not be empty'))
    if (!owner.kind) out.push(invalidValue(`${field}.kind`, owner.kind ?? '', 'must not be empty'))
    if (!owner.name) out.push(invalidValue(`${field}.name`, owner.name ?? '', 'must not be empty'))
    if (!owner.uid) out.push(invalidValue(`${field}.uid`, owner.uid ?? '', 'must not be empty'))
    if (owner.kind === 'Event' && (owner.apiVersion === 'v1' || owner.apiVersion.startsWith('events.k8s.io/'))) {
      const [group = '', version = owner.apiVersion] = owner.apiVersion.includes('/')
        ? owner.apiVersion.split('/')
        : ['']
      out.push(invalidValue(field, owner, `${group}/${version}, Kind=Event is disallowed from being an owner`))
    }
    if (owner.controller) {
      if (controller) {
        const both = `${controller.kind}/${controller.name} and ${owner.kind}/${owner.name}`
        out.push(
          invalidValue(
            field,
            owners,
            `Only one reference can have Controller set to true. Found "true" in references for ${both}`,
          ),
        )
      } else controller = owner
    }
  }
  return out
}

function finalizerCauses(finalizers: readonly string[] | undefined, field: string): Cause[] {
  if (!finalizers?.length) return []
  const out = finalizers.flatMap(f => qualifiedNameProblems(f).map(problem => invalidValue(field, f, problem)))
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    out.push(invalidValue(field, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'))
  }
  return out
}

/** For a new object. */
export function metadataCauses(meta: ObjectMeta, rule: NameRule): Cause[] {
  const out: Cause[] = []
  if (meta.generateName) {
    const prefix = meta.generateName.replace(/[-.]$/, rule === 'path' ? '' : 'a')
    out.push(...nameProblems(prefix, rule).map(p => invalidValue('metadata.generateName', meta.generateName, p)))
  }
  if (!meta.name) out.push(required('metadata.name', 'name or generateName is required'))
  else out.push(...nameProblems(meta.name, rule).map(p => invalidValue('metadata.name', meta.name, p)))
  out.push(...contentCauses(meta))
  return out
}

/** For a changed object. */
export function metadataUpdateCauses(next: KubeObject, live: KubeObject, revalidates: boolean): Cause[] {
  const changes = changeCauses(next, live)
  const content = contentCauses(next.metadata)
  // Upstream checks the change twice and the content three or four times over; the message says each once, the causes do not.
  return [...content, ...content, ...changes, ...content, ...changes, ...(revalidates ? content : [])]
}

function contentCauses(meta: ObjectMeta): Cause[] {
  return [
    ...labelCauses(meta.labels, 'metadata.labels'),
    ...annotationCauses(meta.annotations, 'metadata.annotations'),
    ...ownerCauses(meta.ownerReferences, 'metadata.ownerReferences'),
    ...finalizerCauses(meta.finalizers, 'metadata.finalizers'),
  ]
}

function changeCauses(next: KubeObject, live: KubeObject): Cause[] {
  const out: Cause[] = []
  const meta = next.metadata
  if (live.metadata.deletionTimestamp) {
    const had = new Set(live.metadata.finalizers ?? [])
    const added = (meta.finalizers ?? []).filter(f => !had.has(f))
    if (added.length) {
      const list = added.map(quoted).join(', ')
      out.push(
        forbiddenField(
          'metadata.finalizers',
          `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`,
        ),
      )
    }
  }
  if (meta.uid !== live.metadata.uid) out.push(invalidValue('metadata.uid', meta.uid, 'field is immutable'))
  return out
}
