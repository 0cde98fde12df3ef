import type { KubeObject } from '@sluice/api'

/**
 * Whether kustomize, told to do nothing, would give these objects back as they are: then they need not be written, read
 * and built only to be the same. `false` where there is any doubt; kustomize knows then, and has the words for what it
 * refuses. Most charts come through here without it. (What is misshapen deep in a spec comes through as well: the
 * API server refuses that.)
 */
export function areUnchangedByKustomize(objects: readonly KubeObject[]): boolean {
  const ids = new Set(objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`))
  return ids.size === objects.length && objects.every(isUnchanged)
}

/** Annotations in which kustomize keeps notes of its own, or which tell it what to leave out. */
const NOTES = /config\.k(ubernetes|8s)\.io|kustomize/

function isUnchanged(object: KubeObject): boolean {
  const { apiVersion, kind, metadata, spec = {} }: Record<string, unknown> = { ...object }
  if (!isText(apiVersion) || !isText(kind) || !isTable(metadata) || !isTable(spec)) return false
  // Lists are taken apart.
  if (kind.endsWith('List') || (kind.endsWith('RoleBinding') && !hasPlainSubjects(object))) return false
  const { name, namespace, labels = {}, annotations = {} } = metadata
  if (!isText(name) || !(namespace === undefined || isText(namespace))) return false
  if (!isTable(labels) || !isTable(annotations)) return false
  if (![...Object.values(labels), ...Object.values(annotations)].every(value => typeof value === 'string')) return false
  return !Object.keys(annotations).some(key => NOTES.test(key)) && isPlain(object)
}

/** Kustomize looks whom a binding names, and refuses what it cannot follow. */
function hasPlainSubjects({ subjects = [] }: KubeObject & { subjects?: unknown }): boolean {
  if (!Array.isArray(subjects)) return false
  return subjects.every(
    subject =>
      isTable(subject) && isText(subject.name) && (subject.namespace === undefined || isText(subject.namespace)),
  )
}

/** Reads back as it was written, and holds no item that is nothing, which kustomize refuses. */
function isPlain(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (Array.isArray(value)) return value.every(item => item !== null && isPlain(item))
  if (typeof value === 'object' && value !== null) return Object.values(value).every(isPlain)
  return true
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

const isTable = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
