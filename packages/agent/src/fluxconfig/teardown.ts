import { type FluxConfig, fluxConfigNames, type KubeObject, type ObjectRef } from '@sluice/api'
import { sourceKinds } from './source-object.ts'

/**
 * In which order what a configuration made is taken away: Kustomizations first, dependents before what they depend on, because
 * pruning needs source, rights and service account; then the source; then everything else. Pure: from what still exists follows what
 * is to be deleted now. Whoever calls it is woken by each disappearance and calls it again.
 */
export interface TeardownStep {
  /** To be deleted now; what is being deleted already is not repeated. */
  remove: ObjectRef[]
  /** Nothing is left. */
  done: boolean
  /** What is being waited for, for a person to read. */
  waitingFor: string[]
}

/** `existing`: all objects that are this configuration's. `keepAccount`: others in the namespace still need the account. */
export function nextTeardownStep(existing: readonly KubeObject[], keepAccount: boolean): TeardownStep {
  const left = existing.filter(object => !(keepAccount && isAccount(object)))
  const kustomizations = left.filter(object => object.kind === 'Kustomization')
  if (kustomizations.length > 0)
    return step(
      kustomizations.filter(one => !isNeeded(one, kustomizations)),
      kustomizations,
    )
  const sources = left.filter(object => sourceKinds.some(kind => kind === object.kind))
  if (sources.length > 0) return step(sources, sources)
  return { ...step(left, left), done: left.length === 0 }
}

function step(now: readonly KubeObject[], all: readonly KubeObject[]): TeardownStep {
  return {
    remove: now.filter(object => !object.metadata.deletionTimestamp).map(refOf),
    done: false,
    waitingFor: all.map(object => `${object.kind} ${object.metadata.namespace ?? ''}/${object.metadata.name}`),
  }
}

const isAccount = (object: KubeObject): boolean =>
  object.kind === 'ServiceAccount' && object.metadata.name === fluxConfigNames.applierServiceAccount

/** Another one that still exists depends on it. In a cycle everybody is needed by somebody: then nobody waits. */
function isNeeded(one: KubeObject, all: readonly KubeObject[]): boolean {
  const dependents = new Set<string>()
  const queue = [one.metadata.name]
  for (const name of queue) {
    for (const other of all) {
      if (dependents.has(other.metadata.name) || !dependencies(other).includes(name)) continue
      dependents.add(other.metadata.name)
      queue.push(other.metadata.name)
    }
  }
  return dependents.size > 0 && !dependents.has(one.metadata.name)
}

function dependencies(object: KubeObject): string[] {
  const spec = object.spec as { dependsOn?: { name: string; namespace?: string }[] } | undefined
  const local = (spec?.dependsOn ?? []).filter(d => !d.namespace || d.namespace === object.metadata.namespace)
  return local.map(d => d.name)
}

/** The objects that this FluxConfig no longer wants: what left the configuration, and sources of another kind. */
export function leftovers(
  config: FluxConfig,
  existing: readonly KubeObject[],
  desired: readonly KubeObject[],
): KubeObject[] {
  const wanted = new Set(desired.map(keyOf))
  const kept = new Set([keyPairSecretName(config), config.spec.protectedParametersSecretRef?.name])
  return existing.filter(
    object => !wanted.has(keyOf(object)) && !(object.kind === 'Secret' && kept.has(object.metadata.name)),
  )
}

export const keyPairSecretName = (config: { metadata: FluxConfig['metadata'] }): string =>
  `${config.metadata.name}-ssh-key`

const keyOf = ({ kind, metadata }: KubeObject): string => `${kind}/${metadata.namespace ?? ''}/${metadata.name}`

export function refOf({ apiVersion, kind, metadata }: KubeObject): ObjectRef {
  return { apiVersion, kind, namespace: metadata.namespace, name: metadata.name }
}
