/** `Alert`: which events go to which provider. */
import { ageColumn } from '../columns.ts'
import { defineKind, type Resource } from '../kind.ts'
import { localRef, suspend } from '../meta/references.ts'
import { array, map, object, required, string } from '../schema/schema.ts'
import { fluxObjects, notificationKind } from './notification-kind.ts'

function spec() {
  return object('Which events, and where to.', {
    providerRef: required(localRef('Where the events go.', 'Provider')),
    eventSources: required(array('Whose events are sent.', object('One object, or several.', fluxObjects()))),
    eventSeverity: string('`error` sends only errors.', { enum: ['info', 'error'], default: 'info' }),
    inclusionList: array('Regular expressions; only events whose message matches one are sent.', string('Expression.')),
    exclusionList: array('Regular expressions; events whose message matches one are not sent.', string('Expression.')),
    eventMetadata: map('Facts added to every event.', string('Value.')),
    summary: string('A sentence added to every event; `eventMetadata.summary` is the newer way.', { maxLength: 255 }),
    suspend: suspend('Sends nothing until it is false again.'),
  })
}

export const alert = defineKind({
  ...notificationKind,
  kind: 'Alert',
  plural: 'alerts',
  singular: 'alert',
  description: 'Sends events of Flux objects to a provider.',
  versions: [{ name: 'v1beta3', served: true, storage: true, columns: [ageColumn], spec }],
})

export type Alert = Resource<typeof alert>
