/**
 * Whether what shapes an artifact, apart from the commit, differs from what shaped the stored one. Pure (Flux's
 * `gitContentConfigChanged`).
 */
import type { Artifact, GitRepository } from '@sluice/api'
import { normalRevision } from '@sluice/artifact'

type Spec = GitRepository['spec']
type Status = NonNullable<GitRepository['status']>

export function contentConfigChanged(spec: Spec, status: Status, includes: readonly Artifact[]): boolean {
  if (spec.ignore !== status.observedIgnore) return true
  if ((spec.recurseSubmodules ?? false) !== (status.observedRecurseSubmodules ?? false)) return true
  if (needsVerification(spec, status)) return true
  if (!sameList(spec.sparseCheckout, status.observedSparseCheckout)) return true
  const wanted = spec.include ?? []
  const observed = status.observedInclude ?? []
  if (wanted.length !== observed.length || includesChanged(includes, status.includedArtifacts)) return true
  return wanted.some((include, index) => {
    const { repository, fromPath = '', toPath = '' } = include
    const before = observed[index]
    return (
      repository.name !== before?.repository.name ||
      fromPath !== (before.fromPath ?? '') ||
      toPath !== (before.toPath ?? '') ||
      includes[index]?.digest !== status.includedArtifacts?.[index]?.digest
    )
  })
}

/** Included artifacts are others, or at other revisions, than those in the stored artifact. */
export function includesChanged(includes: readonly Artifact[], observed: readonly Artifact[] | undefined): boolean {
  if (includes.length !== (observed?.length ?? 0)) return true
  return includes.some(
    (one, index) => normalRevision(one.revision) !== normalRevision(observed?.[index]?.revision ?? ''),
  )
}

function needsVerification(spec: Spec, status: Status): boolean {
  if (!spec.verify) return false
  const observed = status.sourceVerificationMode
  const wanted = verificationMode(spec.verify.mode)
  if (observed === undefined) return true
  return observed !== 'TagAndHEAD' && observed !== wanted
}

export function verificationMode(mode: string | undefined): 'HEAD' | 'Tag' | 'TagAndHEAD' {
  return mode === 'Tag' || mode === 'TagAndHEAD' ? mode : 'HEAD'
}

function sameList(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return (a?.length ?? 0) === (b?.length ?? 0) && (a ?? []).every((value, index) => value === b?.[index])
}
