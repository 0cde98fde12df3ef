/** SHA-256 in hex without OpenSSL, for short texts. Alone in its file: the bundle loads it when a template asks for a checksum. */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'

export const shortSha256 = (bytes: Uint8Array): string => bytesToHex(sha256(bytes))
