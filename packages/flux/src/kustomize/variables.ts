import { type Kustomization, kustomizeReasons } from '@sluice/api'
import { isNotFound, type KubeClient } from '@sluice/kube'
import { messageOf } from '../message-of.ts'
import { StepError } from './step-error.ts'

/**
 * The variables of `postBuild`: ConfigMaps and Secrets in the order listed, later ones win, `substitute` wins over all.
 * Read with the controller's own identity, once a build. `undefined`: nothing is to be substituted.
 */
export interface Variables {
  values: ReadonlyMap<string, string>
  /** A reference that could not be read: the first object that would be substituted fails with it. */
  error?: string
}

export async function variablesOf(object: Kustomization, client: KubeClient): Promise<Variables | undefined> {
  const { postBuild } = object.spec
  if (!postBuild) return undefined
  const values = new Map<string, string>()
  for (const { kind, name, optional } of postBuild.substituteFrom ?? []) {
    const ref = { apiVersion: 'v1', kind, namespace: object.metadata.namespace ?? '', name }
    try {
      const { data } = await client.get(ref)
      for (const [key, value] of Object.entries((data ?? {}) as Record<string, string>)) {
        values.set(key, kind === 'Secret' ? Buffer.from(value, 'base64').toString('utf8') : value)
      }
    } catch (error) {
      if (optional && isNotFound(error)) continue
      return { values, error: `substitute from '${kind}/${name}' error: ${messageOf(error)}` }
    }
  }
  for (const [key, value] of Object.entries(postBuild.substitute ?? {})) values.set(key, value)
  if (values.size === 0 && postBuild.substituteStrategy !== 'Always') return undefined
  for (const [key, value] of values) {
    if (!NAME.test(key)) {
      throw new StepError(kustomizeReasons.buildFailed, `'${key}' var name is invalid, must match '${NAME_TEXT}'`)
    }
    values.set(key, value.replaceAll('\n', ''))
  }
  return { values }
}

const NAME_TEXT = '^[_[:alpha:]][_[:alpha:][:digit:]]*$'
const NAME = /^[_a-zA-Z][_a-zA-Z0-9]*$/
