import { annotations, type FluxConfig, fluxConfigNames, type KubeObject, labels as names } from '@sluice/api'
import { accessObjects } from './access-objects.ts'
import { kustomizationName, kustomizationObject } from './kustomization-object.ts'
import { managedLabels } from './managed-labels.ts'
import { secretObject } from './secret-text.ts'
import { type ConfigurationSecrets, localAuthRefOf, sourceAuth } from './source-auth.ts'
import { sourceObject, verificationSecretName } from './source-object.ts'

/**
 * What one FluxConfig shall have made of it, in the order it is applied: service account, rights, secrets, source,
 * Kustomizations. Everything the controller writes comes from here; the rest of it only compares and removes.
 *
 * `requestedAt` is the time of the last change of the configuration: as an annotation it makes Flux look at once.
 * Throws ConfigurationError for what only the user can put right.
 */
export function desiredObjects(
  config: FluxConfig,
  secrets: ConfigurationSecrets,
  options: { requestedAt?: string } = {},
): KubeObject[] {
  const { name, namespace } = config.metadata
  const labels = managedLabels(config)
  const noted = options.requestedAt ? { [annotations.requestedAt]: options.requestedAt } : undefined
  const auth = sourceAuth(config, secrets)
  const verification = config.spec.ociRepository?.verify?.verificationConfig
  const secretName = localAuthRefOf(config) ?? (auth && authSecretName(config))
  const own = (suffix: string) => ({ name: suffix, namespace, labels })
  const objects = [
    applierAccount(namespace),
    ...accessObjects(config),
    ...(auth ? [secretObject(own(authSecretName(config)), auth)] : []),
    ...(verification ? [verificationSecret(own(verificationSecretName(config)), verification)] : []),
    sourceObject(config, { name, namespace, labels, annotations: noted }, secretName),
    ...kustomizations(config, { namespace, labels, annotations: noted }),
  ]
  return objects.map(withoutUndefined)
}

export const authSecretName = (config: FluxConfig): string => `${config.metadata.name}-auth`

/** Shared by all configurations of the namespace, so it bears no name of one. */
function applierAccount(namespace: string | undefined): KubeObject {
  const labels = { [names.fluxConfigIsManaged]: 'true' }
  const metadata = { name: fluxConfigNames.applierServiceAccount, namespace, labels }
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata }
}

/** Public keys and policies come base64-encoded, which is how a Secret holds them. */
function verificationSecret(metadata: KubeObject['metadata'], data: Record<string, string>): KubeObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data }
}

function kustomizations(config: FluxConfig, metadata: Omit<KubeObject['metadata'], 'name'>): KubeObject[] {
  return (config.spec.kustomizations ?? []).map(one =>
    kustomizationObject(config, one, { ...metadata, name: kustomizationName(config, one.name) }),
  )
}

/** Absent and undefined are the same in JSON; without the latter, objects can be compared. */
function withoutUndefined<T>(value: T): T {
  return JSON.parse(JSON.stringify(value))
}
