/** What the definitions of all kinds of `notification.toolkit.fluxcd.io` have in common. */
import { map, required, string } from '../schema/schema.ts'
import { annotations, controllers, groups } from '../well-known.ts'

export const notificationKind = {
  group: groups.notification,
  categories: ['all', 'fluxcd', 'fluxcd-notifications'],
  shortNames: [],
  scope: 'Namespaced',
  component: controllers.notification,
  annotations: { [annotations.kustomizeSubstitute]: 'disabled' },
} as const

/** A Flux object, or several of one kind: what an Alert listens to and a Receiver triggers. */
export function fluxObjects() {
  return {
    apiVersion: string('API version; not needed.'),
    kind: required(
      string('Kind.', {
        enum: [
          'Bucket',
          'GitRepository',
          'Kustomization',
          'HelmRelease',
          'HelmChart',
          'HelmRepository',
          'ImageRepository',
          'ImagePolicy',
          'ImageUpdateAutomation',
          'OCIRepository',
          'ArtifactGenerator',
          'ExternalArtifact',
        ],
      }),
    ),
    name: required(string('Name; `*` for all.', { minLength: 1, maxLength: 253 })),
    namespace: string('Namespace; that of this object when absent.', { minLength: 1, maxLength: 253 }),
    matchLabels: map('Labels that they must have.', string('Value.')),
  }
}
