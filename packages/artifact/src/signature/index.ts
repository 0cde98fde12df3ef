/** Signatures of Git commits and tags. */
export { verifyPgp } from './pgp-signature.ts'
export { type SignatureType, type SignedObject, signatureType, signedCommit, signedTag } from './signed-object.ts'
export { SignatureError, verifySsh } from './ssh-signature.ts'
