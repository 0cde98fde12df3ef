/** Signatures of OCI artifacts and charts. */
import { array, object, type Properties, required, string } from '../schema/schema.ts'
import { secretRef } from './references.ts'

function signatureFields() {
  return {
    provider: required(
      string('The tool that made the signature.', { enum: ['cosign', 'notation'], default: 'cosign' }),
    ),
    secretRef: secretRef('Public keys, or certificates with a trust policy. Without it, cosign verifies keyless.'),
  }
}

/** A signature by key or certificate only. */
export function chartSignature(description: string) {
  return object(description, signatureFields())
}

/** A signature by key, certificate or keyless identity; `more` fields of one kind come on top. */
export function artifactSignature<P extends Properties>(description: string, more: P) {
  return object(description, {
    ...signatureFields(),
    matchOIDCIdentity: array(
      'Identities of keyless signatures; one must match.',
      object('One identity.', {
        issuer: required(string('Regular expression for the issuer.')),
        subject: required(string('Regular expression for the subject.')),
      }),
    ),
    ...more,
  })
}
