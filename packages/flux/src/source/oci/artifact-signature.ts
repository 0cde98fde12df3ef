/**
 * Signatures of artifacts (cosign, notation) are not checked here: an object that demands one is refused, never served
 * unchecked.
 */
import type { OCIRepository } from '@sluice/api'
import type { ObjectReader } from '../secret-data.ts'
import { SourceFailure } from '../source-failure.ts'

/** Always throws: {SourceFailure} */
export async function refuseVerification(
  { provider = 'cosign', secretRef }: NonNullable<OCIRepository['spec']['verify']>,
  namespace: string,
  client: ObjectReader,
): Promise<never> {
  const name = provider === 'cosign' && !secretRef ? 'cosign keyless' : provider
  const failed = (said: string, cause?: unknown) => {
    const message = `failed to verify the signature using provider '${name}': ${said}`
    return new SourceFailure('SourceVerified', 'VerificationError', message, { cause })
  }
  if (secretRef) {
    const ref = { apiVersion: 'v1', kind: 'Secret', namespace, name: secretRef.name }
    await client.get(ref).catch((error: unknown) => {
      throw failed(error instanceof Error ? error.message : String(error), error)
    })
  }
  throw failed('this controller cannot check signatures yet; remove spec.verify to use the artifact unchecked')
}
