/** One kustomization of a FluxConfig; it becomes the Kustomization `<configuration>-<name>`. */
import { duration } from '../meta/duration.ts'
import { array, boolean, map, object, required, string } from '../schema/schema.ts'

export function fluxConfigKustomization() {
  return object('One folder of the source and how it is applied.', {
    name: required(string('Name within the configuration.', { minLength: 1, maxLength: 253 })),
    path: string('Folder in the source; its root when empty.', { default: '' }),
    dependsOn: array('Names of kustomizations of this configuration that must be ready first.', string('One name.')),
    syncInterval: duration('How often the cluster is compared with the manifests.', { default: '10m0s' }),
    retryInterval: duration('How soon a failure is retried; `syncInterval` when absent.'),
    timeout: duration('How long health checks may take.', { default: '10m0s' }),
    prune: boolean('Deletes objects that are no longer in the manifests, and all with the configuration.', {
      default: false,
    }),
    force: boolean('Recreates objects whose immutable fields change.', { default: false }),
    wait: boolean('Is compliant only once everything that was applied is healthy.', { default: true }),
    validation: string('Kept for old configurations; server-side apply always validates.', {
      enum: ['none', 'client', 'server'],
      default: 'none',
    }),
    postBuild: object('Variables that are replaced in the built manifests.', {
      substitute: map('Values by name.', string('Value.')),
      substituteFrom: array(
        'ConfigMaps and Secrets with more values.',
        object('One set of values.', {
          kind: required(string('Where the values are.', { enum: ['ConfigMap', 'Secret'] })),
          name: required(string('Name of the ConfigMap or Secret.', { minLength: 1, maxLength: 253 })),
          optional: boolean('Goes on without it when it does not exist.', { default: false }),
        }),
      ),
    }),
  })
}
