/**
 * `spec.verify`: the commit, the tag, or both must be signed by a key of the given Secret.
 */
import type { MirrorView, Target } from '@sluice/artifact'
import { SourceFailure } from '../source-failure.ts'
import type { PassInput } from './pass.ts'

export async function verifySignatures(input: PassInput, _view: MirrorView, _target: Target): Promise<void> {
  const { object, status, conditions, secret } = input
  const { verify } = object.spec
  if (!verify?.mode) {
    status.sourceVerificationMode = undefined
    conditions.remove('SourceVerified')
    return
  }
  await secret(verify.secretRef.name).catch((error: unknown) => {
    const said = error instanceof Error ? error.message : String(error)
    throw new SourceFailure('SourceVerified', 'VerificationError', `public keys secret error: ${said}`, {
      cause: error,
    })
  })
  // Better no new artifact than one that only seems to be verified.
  throw new SourceFailure(
    'SourceVerified',
    'VerificationError',
    'this controller cannot verify signatures yet; remove spec.verify to deploy without verification',
  )
}
