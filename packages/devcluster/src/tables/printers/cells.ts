/** What many printers need: names, ages, selectors and templates as cells (k/k `printers/internalversion`). */
import type { KubeObject } from '@sluice/api'
import { child, items, type Json, text } from '../../kinds/record.ts'
import { age } from '../human-duration.ts'

export const none = '<none>'
export const unset = '<unset>'

export const ageOf = (object: KubeObject, now: number): string => age(object.metadata.creationTimestamp, now)

export const spec = (object: KubeObject): Json => child(object, 'spec') ?? {}
export const status = (object: KubeObject): Json => child(object, 'status') ?? {}

/** `a=b,c=d`, or `<none>` when empty. */
export function labelsText(labels: Json | undefined): string {
  const entries = Object.entries(labels ?? {})
  if (!entries.length) return none
  return entries
    .map(([k, v]) => `${k}=${v}`)
    .sort()
    .join(',')
}

/** A LabelSelector as kubectl prints it. */
export function selectorText(selector: Json | undefined): string {
  const parts: [string, string][] = Object.entries(child(selector, 'matchLabels') ?? {}).map(([k, v]) => [
    k,
    `${k}=${v}`,
  ])
  for (const expression of items(selector, 'matchExpressions')) {
    const key = text(expression.key)
    const values = Array.isArray(expression.values) ? [...expression.values].sort().join(',') : ''
    const operator = text(expression.operator)
    if (operator === 'In') parts.push([key, `${key} in (${values})`])
    if (operator === 'NotIn') parts.push([key, `${key} notin (${values})`])
    if (operator === 'Exists') parts.push([key, key])
    if (operator === 'DoesNotExist') parts.push([key, `!${key}`])
  }
  if (!parts.length) return none
  return parts
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, t]) => t)
    .join(',')
}

/** Names and images of a pod template's containers. */
export function containersAndImages(podSpec: Json | undefined): [names: string, images: string] {
  const containers = items(podSpec, 'containers')
  return [containers.map(c => text(c.name)).join(','), containers.map(c => text(c.image)).join(',')]
}

export const templateSpec = (of: Json): Json | undefined => child(child(of, 'template'), 'spec')

/** At most three, then how many more. */
export function firstThree(list: readonly string[], separator = ','): string {
  if (list.length <= 3) return list.join(separator)
  return `${list.slice(0, 3).join(separator)} + ${list.length - 3} more...`
}
