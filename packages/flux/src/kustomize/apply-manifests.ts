import { fieldManagers, groups, type KubeObject, type Kustomization, kustomizeReasons } from '@sluice/api'
import {
  type Applied,
  applyObjects,
  formatRef,
  type IgnoredPaths,
  ignoredPaths,
  refOf,
  STAGES,
  type Stage,
  StageError,
  stageOf,
} from '@sluice/kube'
import type { Target } from '../cluster-targets.ts'
import { messageOf } from '../message-of.ts'
import { type Checked, healthAnswer } from './health-gate.ts'
import { StepError } from './step-error.ts'

/**
 * Applies a build stage by stage: definitions and namespaces, then classes, then the rest; the next stage begins when the
 * objects of the one before are healthy. Does not wait itself: says what it waits for.
 */
export interface AppliedSet {
  applied: Applied[]
  /** Set when a stage's objects are not healthy yet. */
  waiting?: string
}

export interface ApplyInput {
  owner: string
  object: Kustomization
  objects: readonly KubeObject[]
  target: Target
  /** Managers that may not keep fields of what is applied (`--override-manager`). */
  overridden: readonly string[]
  signal: AbortSignal
  /** Told of each change in the order it is made. */
  onChange: (applied: Applied) => void
}

export async function applyManifests(input: ApplyInput): Promise<AppliedSet> {
  const { owner, object, target, signal } = input
  refuseEncrypted(input.objects, object)
  const ignored = ignoredOf(object)
  const applied: Applied[] = []
  for (const stage of STAGES) {
    const members = input.objects.filter(o => stageOf(o) === stage)
    if (members.length === 0) continue
    const results = await applyStage(members, input)
    applied.push(...results)
    if (stage === 'rest') continue
    const pending = await unhealthyOf(stage, results, input)
    if (pending) return { applied, waiting: pending }
    const defined = members.some(o => o.kind === 'CustomResourceDefinition')
    if (defined && results.some(r => r.action !== 'unchanged')) await target.client.discovery.refresh()
    signal.throwIfAborted()
  }
  return { applied }

  async function applyStage(members: KubeObject[], { onChange, overridden }: ApplyInput): Promise<Applied[]> {
    try {
      return await applyObjects(members, {
        client: target.client,
        tracker: target.tracker,
        owner,
        manager: fieldManagers.kustomizeController,
        group: groups.kustomize,
        force: object.spec.force ?? false,
        overridden,
        ignored,
        signal,
        onChange,
      })
    } catch (error) {
      if (!(error instanceof StageError)) throw error
      throw new StepError(kustomizeReasons.reconciliationFailed, error.message, undefined, { cause: error })
    }
  }
}

/** The objects of a finished stage that are not healthy, in words; fails when one never will be. */
async function unhealthyOf(stage: Stage, results: Applied[], { target }: ApplyInput): Promise<string | undefined> {
  const checked: Checked[] = results.map(({ ref }) => ({
    ref,
    health: target.tracker.get(ref)?.health ?? { status: 'NotFound', message: 'not found' },
  }))
  const answer = healthAnswer(checked)
  if (answer.kind === 'failed')
    throw new StepError(kustomizeReasons.reconciliationFailed, `${stage}: ${answer.message}`)
  return answer.kind === 'waiting' ? answer.pending : undefined
}

function ignoredOf(object: Kustomization): IgnoredPaths | undefined {
  if (!object.spec.ignore?.length) return undefined
  try {
    return ignoredPaths(object.spec.ignore)
  } catch (cause) {
    throw new StepError(kustomizeReasons.reconciliationFailed, messageOf(cause), undefined, { cause })
  }
}

/** Encrypted Secrets must not reach the cluster as they are. */
function refuseEncrypted(objects: readonly KubeObject[], owner: Kustomization): void {
  for (const object of objects) {
    if (object.kind !== 'Secret' || object.apiVersion !== 'v1' || object.sops === undefined) continue
    const optedOut = object.metadata.annotations?.[`${groups.kustomize}/decrypt`]?.toLowerCase() === 'disabled'
    if (optedOut) continue
    const cure = owner.spec.decryption
      ? 'and this version of Sluice cannot decrypt: apply it from a Secret that is not encrypted'
      : 'configuring decryption is required for this secret to be reconciled'
    throw new StepError(kustomizeReasons.reconciliationFailed, `${formatRef(refOf(object))} is SOPS encrypted, ${cure}`)
  }
}
