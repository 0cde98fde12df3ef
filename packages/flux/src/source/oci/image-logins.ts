/**
 * Logins for registries from pull secrets: the one an object names, and those of its service account. With the rules and
 * words of source-controller.
 */
import { DockerConfigError, type DockerLogin, dockerLogins } from '@sluice/artifact'
import { ApiError } from '@sluice/kube'
import { type ObjectReader, readSecret, type SecretData } from '../secret-data.ts'

/** What is wrong with the secrets, in Flux's words. */
export class LoginError extends Error {
  override name = 'LoginError'
  /** The secret that is not there. */
  readonly missing: string | undefined

  constructor(message: string, options: ErrorOptions & { missing?: string } = {}) {
    super(message, options)
    this.missing = options.missing
  }
}

export interface LoginSpec {
  secretRef?: { name: string }
  serviceAccountName?: string
}

/** Those of the secret before those of the service account. @throws {LoginError} */
export async function imageLogins(
  { secretRef, serviceAccountName }: LoginSpec,
  namespace: string,
  client: ObjectReader,
): Promise<DockerLogin[]> {
  const names = secretRef ? [secretRef.name] : []
  if (serviceAccountName) names.push(...(await pullSecrets(serviceAccountName, namespace, client)))
  const logins: DockerLogin[] = []
  for (const name of names) {
    const full = `${namespace}/${name}`
    const data = await readSecret(client, namespace, name).catch((error: unknown) => {
      const missing = isMissing(error) ? name : undefined
      throw new LoginError(`failed to get secret '${full}': ${messageOf(error)}`, { cause: error, missing })
    })
    logins.push(...loginsOf(full, data))
  }
  return logins
}

/** A secret of another kind has none. @param name `<namespace>/<name>`. @throws {LoginError} */
export function loginsOf(name: string, data: SecretData): DockerLogin[] {
  const [json, legacy] = [data.get('.dockerconfigjson'), data.get('.dockercfg')]
  try {
    return json === undefined ? dockerLogins(legacy ?? '{}', true) : dockerLogins(json)
  } catch (error) {
    if (!(error instanceof DockerConfigError)) throw error
    throw new LoginError(`secret '${name}': ${error.message}`, { cause: error })
  }
}

async function pullSecrets(name: string, namespace: string, client: ObjectReader): Promise<string[]> {
  const full = `${namespace}/${name}`
  const ref = { apiVersion: 'v1', kind: 'ServiceAccount', namespace, name }
  const { imagePullSecrets = [] } = await client.get(ref).catch((error: unknown) => {
    const said = isMissing(error) ? 'not found' : `cannot be read: ${messageOf(error)}`
    throw new LoginError(`serviceaccount '${full}' ${said}`, { cause: error })
  })
  if (!Array.isArray(imagePullSecrets)) return []
  return imagePullSecrets.flatMap((one: unknown) => {
    const named = typeof one === 'object' && one !== null && 'name' in one ? one.name : undefined
    return typeof named === 'string' && named !== '' ? [named] : []
  })
}

const isMissing = (error: unknown): boolean => error instanceof ApiError && error.code === 404

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
