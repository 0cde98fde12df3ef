/** What `sluice get` shows of an object, as rows of a table like those of `flux get`. */
import type { KubeObject } from '@sluice/api'
import { UsageError } from '../usage-error.ts'
import { oneLine, readyOf, revisionOf, shortDigests, sourceOf, specOf, statusOf } from './flux-object.ts'

export interface RowOptions {
  allNamespaces: boolean
  showSource: boolean
  /** Names with their kind, as when several kinds are shown. */
  kindPrefix: boolean
}

export function columnsFor({ allNamespaces, showSource }: RowOptions): string[] {
  const source = showSource ? ['source'] : []
  return [...(allNamespaces ? ['namespace'] : []), 'name', ...source, 'revision', 'suspended', 'ready', 'message']
}

export function rowOf(object: KubeObject, { allNamespaces, showSource, kindPrefix }: RowOptions): string[] {
  const { name, namespace = '' } = object.metadata
  const source = sourceOf(object)
  const ready = readyOf(object)
  return [
    ...(allNamespaces ? [namespace] : []),
    kindPrefix ? `${object.kind.toLowerCase()}/${name}` : name,
    ...(showSource ? [source ? `${source.kind}/${source.namespace}/${source.name}` : ''] : []),
    shortDigests(revisionOf(object)),
    specOf(object).suspend ? 'True' : 'False',
    ready?.status ?? 'Unknown',
    oneLine(shortDigests(ready?.message ?? 'waiting to be reconciled')),
  ]
}

/** A predicate from `ready=false` or `Healthy!=True`: a condition's type and status. */
export function statusSelector(text: string | undefined): (object: KubeObject) => boolean {
  if (text === undefined) return () => true
  const match = /^([^!=]+)(!?=)([^!=]+)$/.exec(text)
  if (!match) throw new UsageError(`expected status selector in type=status or type!=status format, but found: ${text}`)
  const [, type = '', operator, status = ''] = match
  const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()
  return object => {
    const holds = (statusOf(object).conditions ?? []).some(
      condition => same(condition.type, type) && same(condition.status, status),
    )
    return operator === '=' ? holds : !holds
  }
}
