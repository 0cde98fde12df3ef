/**
 * What templates rendered, cut into documents, told apart into hooks and manifests, and put into the order of installation. Follows helm's
 * pkg/release/v1/util.
 */
import { compareCodePoints } from '@sluice/yaml'
import type { HelmVersion } from './capabilities.ts'
import { compareKinds } from './kind-order.ts'
import { manifestHead } from './manifest-head.ts'
import { splitDocuments } from './split-documents.ts'

/** One document of a rendered template. */
export interface Manifest {
  /** Path of its template, from the chart's name on. */
  path: string
  kind: string
  name: string
  text: string
}

export type HookEvent =
  | 'pre-install'
  | 'post-install'
  | 'pre-delete'
  | 'post-delete'
  | 'pre-upgrade'
  | 'post-upgrade'
  | 'pre-rollback'
  | 'post-rollback'
  | 'test'

export interface Hook extends Manifest {
  events: HookEvent[]
  /** Lower runs first. */
  weight: number
  /** `before-hook-creation`, `hook-succeeded`, `hook-failed`. */
  deletePolicies: string[]
  /** `hook-succeeded`, `hook-failed`. */
  outputLogPolicies: string[]
}

export interface SortedManifests {
  /** In the order of installation. */
  manifests: Manifest[]
  hooks: Hook[]
}

/** `rendered` by path. Partials and blank files are left out; a hook with an event nobody knows, too. Throws HelmError for what is no YAML. */
export function sortManifests(rendered: ReadonlyMap<string, string>, helm: HelmVersion = '4.1'): SortedManifests {
  const manifests: Manifest[] = []
  const hooks: Hook[] = []
  for (const path of [...rendered.keys()].sort(byBytes)) {
    const content = rendered.get(path) ?? ''
    if (path.slice(path.lastIndexOf('/') + 1).startsWith('_')) continue
    for (const text of splitDocuments(content, helm)) {
      const head = manifestHead(text, path)
      const manifest = { path, kind: head.kind, name: head.name, text }
      const events = head.annotations['helm.sh/hook']
      if (events === undefined) manifests.push(manifest)
      else {
        const hook = hookOf(manifest, events, head.annotations)
        if (hook) hooks.push(hook)
      }
    }
  }
  const byKind = (a: Manifest, b: Manifest) => compareKinds(a.kind, b.kind)
  return { manifests: manifests.sort(byKind), hooks: hooks.sort(byKind) }
}

/** Units of UTF-16 sort as the bytes of UTF-8 do, but for those that make a character by two. */
const pairs = /[\ud800-\udfff]/

export function byBytes(a: string, b: string): number {
  if (pairs.test(a) || pairs.test(b)) return compareCodePoints(a, b)
  return a < b ? -1 : a > b ? 1 : 0
}

const knownEvents = new Map<string, HookEvent>([
  ['pre-install', 'pre-install'],
  ['post-install', 'post-install'],
  ['pre-delete', 'pre-delete'],
  ['post-delete', 'post-delete'],
  ['pre-upgrade', 'pre-upgrade'],
  ['post-upgrade', 'post-upgrade'],
  ['pre-rollback', 'pre-rollback'],
  ['post-rollback', 'post-rollback'],
  ['test', 'test'],
  ['test-success', 'test'],
])

function hookOf(manifest: Manifest, names: string, annotations: Record<string, string>): Hook | undefined {
  const events: HookEvent[] = []
  for (const name of words(names)) {
    const event = knownEvents.get(name)
    if (!event) return undefined
    events.push(event)
  }
  const weight = annotations['helm.sh/hook-weight'] ?? ''
  return {
    ...manifest,
    events,
    weight: /^[+-]?\d+$/.test(weight) ? Number(weight) : 0,
    deletePolicies: words(annotations['helm.sh/hook-delete-policy'] ?? ''),
    outputLogPolicies: words(annotations['helm.sh/hook-output-log-policy'] ?? ''),
  }
}

function words(list: string): string[] {
  return list === '' ? [] : list.split(',').map(word => word.trim().toLowerCase())
}
