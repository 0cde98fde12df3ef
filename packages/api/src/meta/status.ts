/** What the status of every reconciled kind has. */
import { array, integer, object, required, string } from '../schema/schema.ts'

/** Written by the API server on creation, so that an object nobody looked at yet does not count as reconciled. */
export function unobserved(): { default: { observedGeneration: number } } {
  return { default: { observedGeneration: -1 } }
}

export function condition() {
  return object('One observation of the object.', {
    type: required(
      string('What is observed, for instance `Ready`.', {
        maxLength: 316,
        pattern:
          '^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$',
      }),
    ),
    status: required(string('Whether it holds.', { enum: ['True', 'False', 'Unknown'] })),
    reason: required(
      string('Why, as one word for programs.', {
        minLength: 1,
        maxLength: 1024,
        pattern: '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$',
      }),
    ),
    message: required(string('Why, as a sentence for people.', { maxLength: 32768 })),
    lastTransitionTime: required(string('Since when it is so.', { format: 'date-time' })),
    observedGeneration: integer('The generation that was looked at.', { format: 'int64', minimum: 0 }),
  })
}

export function conditions() {
  return array('What the controller observed, newest state of each type.', condition())
}

export function observedGeneration() {
  return integer('The generation of the spec that the controller last dealt with.', { format: 'int64' })
}

export function lastHandledReconcileAt() {
  return string('Value of the annotation `reconcile.fluxcd.io/requestedAt` that was last dealt with.')
}

/** The three fields that nearly every status begins with. */
export function reconcileStatus() {
  return {
    conditions: conditions(),
    observedGeneration: observedGeneration(),
    lastHandledReconcileAt: lastHandledReconcileAt(),
  }
}
