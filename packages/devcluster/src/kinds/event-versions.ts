/** Events are stored as core/v1 and shown by events.k8s.io/v1 under other names. */
import type { KubeObject } from '@sluice/api'

const renamed: readonly [core: string, events: string][] = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
  ['reportingComponent', 'reportingController'],
]

function rename(object: KubeObject, apiVersion: string, names: ReadonlyMap<string, string>): KubeObject {
  const { kind, apiVersion: _, metadata, ...fields } = object
  const entries = Object.entries(fields).map(([key, value]) => [names.get(key) ?? key, value])
  return { kind, apiVersion, metadata, ...Object.fromEntries(entries) }
}

const toEvents = new Map(renamed)
const toCore = new Map(renamed.map(([core, events]) => [events, core]))

/** What is empty is left out in the new form and written in the old one. */
export function eventsFromCore(object: KubeObject): KubeObject {
  const shown = rename(object, 'events.k8s.io/v1', toEvents)
  for (const key of ['reportingController', 'reportingInstance']) if (shown[key] === '') delete shown[key]
  return shown
}
export const coreFromEvents = (object: KubeObject): KubeObject => rename(object, 'v1', toCore)
