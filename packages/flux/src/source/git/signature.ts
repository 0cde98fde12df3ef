/**
 * `spec.verify`: the commit, the tag, or both must be signed by a key of the given Secret, with PGP or SSH. Reasons and
 * words of source-controller 1.9.
 */
import {
  type Candidate,
  type MirrorView,
  SignatureError,
  type SignedObject,
  signatureType,
  signedCommit,
  signedTag,
  verifyPgp,
  verifySsh,
} from '@sluice/artifact'
import type { EventDraft } from '@sluice/controller'
import type { SecretData } from '../secret-data.ts'
import { SourceFailure } from '../source-failure.ts'
import { verificationMode } from './content-config.ts'
import type { PassInput } from './pass.ts'

interface Keys {
  /** Armored PGP key rings. */
  rings: string[]
  /** Texts in the form of `authorized_keys`. */
  authorized: string[]
}

/** Marks SourceVerified, or fails. Gives the event that tells of it. */
export async function verifySignatures(
  input: PassInput,
  view: MirrorView,
  candidate: Candidate,
): Promise<EventDraft[]> {
  const { object, status, conditions, secret } = input
  const { verify } = object.spec
  if (!verify?.mode) {
    status.sourceVerificationMode = undefined
    conditions.remove('SourceVerified')
    return []
  }
  const data = await secret(verify.secretRef.name).catch((error: unknown) => {
    const message = `public keys secret error: ${messageOf(error)}`
    throw new SourceFailure('SourceVerified', 'VerificationError', message, { cause: error })
  })
  const keys = keysOf(data)
  const mode = verificationMode(verify.mode)
  const verified: string[] = []
  if (mode !== 'HEAD') verified.push(await verifyTag(view, candidate, keys))
  if (mode !== 'Tag') verified.push(await verifyCommit(view, candidate.commit, keys))
  const message = `verified signature of${verified.map(line => `\n\t- ${line}`).join('')}`
  status.sourceVerificationMode = mode
  conditions.mark('SourceVerified', 'True', 'Succeeded', message)
  return [{ severity: 'info', reason: 'Succeeded', message }]
}

function keysOf(data: SecretData | undefined): Keys {
  const keys: Keys = { rings: [], authorized: [] }
  // Keys with other endings were PGP key rings before endings meant anything.
  for (const [name, text] of data ?? []) (name.endsWith('.sshpub') ? keys.authorized : keys.rings).push(text)
  return keys
}

async function verifyTag(view: MirrorView, { tag: name, want }: Candidate, keys: Keys): Promise<string> {
  if (name === undefined) {
    const message = "cannot verify tag object's signature if a tag reference is not specified"
    throw new SourceFailure('SourceVerified', 'InvalidVerificationMode', message, { mode: 'stalled' })
  }
  const object = await view.object(want)
  // A lightweight tag is no object of its own, so it has no id and no signature.
  const shown = object?.type === 'tag' ? `${name}@${want}` : name
  const signed = object?.type === 'tag' ? signedTag(object.content) : undefined
  if (!signed?.signature) {
    const message = `cannot verify signature of tag '${shown}' since it is not signed`
    throw new SourceFailure('SourceVerified', 'InvalidGitObject', message)
  }
  const failed = `signature verification of tag '${shown}' failed`
  return `tag '${shown}' with key '${await signer(signed, keys, 'tag', failed, 'InvalidTagSignature')}'`
}

async function verifyCommit(view: MirrorView, id: string, keys: Keys): Promise<string> {
  const object = await view.object(id)
  const signed = signedCommit(object?.content ?? Buffer.alloc(0))
  const failed = `signature verification of commit '${id}' failed`
  return `commit '${id}' with key '${await signer(signed, keys, 'commit', failed, 'InvalidCommitSignature')}'`
}

async function signer(
  { signature, payload }: SignedObject,
  { rings, authorized }: Keys,
  what: 'tag' | 'commit',
  failed: string,
  reason: string,
): Promise<string> {
  try {
    const type = signatureType(signature)
    if (type === 'openpgp') {
      if (rings.length === 0) {
        throw new SignatureError(
          'PGP signature detected but no PGP public keys found in secret (keys with .asc suffix)',
        )
      }
      return await prefixed(`unable to verify Git ${what}`, () => verifyPgp(signature, payload, rings))
    }
    if (type === 'ssh') {
      if (authorized.length === 0) {
        throw new SignatureError(
          'SSH signature detected but no SSH public keys found in secret (keys with .sshpub suffix)',
        )
      }
      const failing = `unable to verify Git ${what} SSH signature`
      return await prefixed(failing, async () => verifySsh(signature, payload, authorized))
    }
    throw new SignatureError(`unsupported signature type: ${type}`)
  } catch (error) {
    if (!(error instanceof SignatureError)) throw error
    throw new SourceFailure('SourceVerified', reason, `${failed}: ${error.message}`, { cause: error })
  }
}

async function prefixed(doing: string, verify: () => Promise<string>): Promise<string> {
  try {
    return await verify()
  } catch (error) {
    if (error instanceof SignatureError) throw new SignatureError(`${doing}: ${error.message}`, { cause: error })
    throw error
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
