/** Sprig's functions on passwords, keys and certificates. */
import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto'
import { hashSync } from 'bcryptjs'
import { goBytes, goString } from '../go-string.ts'
import { isMap, isObject, listOf, mapGet } from '../go-value.ts'
import { type TemplateFunction, typed } from '../template-function.ts'
import { bounded, intOf, stringOf } from './cast.ts'
import { Certificate, customCertificate, issue, type Subject } from './certificate.ts'
import { derivePassword } from './derive-password.ts'
import { newPrivateKey, newRsaKey, parsePrivateKey } from './private-key.ts'
import { base64Problem } from './strings.ts'

function bcrypt(text: string): string {
  if (goBytes(text).length > 72) return 'failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes'
  // Only the mark differs: $2b$ is what the newer implementations call Go's $2a$.
  return hashSync(text, 10).replace(/^\$2b\$/, '$2a$')
}

const cipherKey = (password: string): Buffer => Buffer.concat([goBytes(password), Buffer.alloc(32)]).subarray(0, 32)

function encrypt(password: string, text: string): string {
  if (text === '') return ''
  const iv = randomBytes(16)
  const cipher = createCipheriv('aes-256-cbc', cipherKey(password), iv)
  return Buffer.concat([iv, cipher.update(goBytes(text)), cipher.final()]).toString('base64')
}

function decrypt(password: string, text: string): string {
  if (text === '') return ''
  const problem = base64Problem(text)
  if (problem) throw new Error(problem)
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length < 32 || bytes.length % 16 !== 0) throw new Error('crypto/cipher: input not full blocks')
  const cipher = createDecipheriv('aes-256-cbc', cipherKey(password), bytes.subarray(0, 16)).setAutoPadding(false)
  const plain = Buffer.concat([cipher.update(bytes.subarray(16)), cipher.final()])
  const padding = plain.at(-1) ?? 0
  if (padding > plain.length) throw new Error('runtime error: slice bounds out of range')
  return goString(plain.subarray(0, plain.length - padding))
}

const plainSubject = (commonName: unknown, days: unknown): Subject => ({
  commonName: stringOf(commonName),
  days: intOf(days),
  addresses: [],
  names: [],
  authority: false,
})

const authority = (commonName: unknown, days: unknown): Subject => ({
  ...plainSubject(commonName, days),
  authority: true,
})

const server = (commonName: unknown, addresses: unknown, names: unknown, days: unknown): Subject => ({
  ...plainSubject(commonName, days),
  addresses: listOf(addresses),
  names: listOf(names),
})

/** The authority that signs: what genCA or buildCustomCert answered. */
function signer(value: unknown): { Cert: string; Key: string } {
  if (value instanceof Certificate) return value
  const field = (name: string): unknown =>
    isMap(value) ? mapGet(value, name) : isObject(value) ? value[name] : undefined
  return { Cert: stringOf(field('Cert')), Key: stringOf(field('Key')) }
}

function givenKey(text: unknown) {
  try {
    return parsePrivateKey(stringOf(text))
  } catch (error) {
    throw new Error(`parsing private key: ${error instanceof Error ? error.message : error}`)
  }
}

const decoded = (text: unknown, what: string): string => {
  if (base64Problem(stringOf(text)) !== undefined) throw new Error(`unable to decode base64 ${what}`)
  return goString(Buffer.from(stringOf(text), 'base64'))
}

const all: Record<string, TemplateFunction> = {
  bcrypt: typed('string', ([text]) => bcrypt(stringOf(text))),
  htpasswd: typed('string, string', ([user, password]) =>
    stringOf(user).includes(':') ? `invalid username: ${user}` : `${user}:${bcrypt(stringOf(password))}`,
  ),
  randBytes: typed('int', ([count]) => {
    if (intOf(count) < 0) throw new Error('runtime error: makeslice: len out of range')
    return randomBytes(bounded(intOf(count))).toString('base64')
  }),
  uuidv4: typed('', () => randomUUID()),
  derivePassword: typed('int, string, string, string, string', ([counter, type, password, user, site]) =>
    derivePassword(intOf(counter), stringOf(type), stringOf(password), stringOf(user), stringOf(site)),
  ),
  genPrivateKey: typed('string', ([type]) => newPrivateKey(stringOf(type))),
  buildCustomCert: typed('string, string', ([cert, key]) =>
    customCertificate(decoded(cert, 'certificate'), decoded(key, 'private key')),
  ),
  genCA: typed('string, int', ([name, days]) => issue(authority(name, days), newRsaKey())),
  genCAWithKey: typed('string, int, string', ([name, days, key]) => issue(authority(name, days), givenKey(key))),
  genSelfSignedCert: typed('string, list, list, int', ([name, addresses, names, days]) =>
    issue(server(name, addresses, names, days), newRsaKey()),
  ),
  genSelfSignedCertWithKey: typed('string, list, list, int, string', ([name, addresses, names, days, key]) =>
    issue(server(name, addresses, names, days), givenKey(key)),
  ),
  genSignedCert: typed('string, list, list, int, any', ([name, addresses, names, days, ca]) =>
    issue(server(name, addresses, names, days), newRsaKey(), signer(ca)),
  ),
  genSignedCertWithKey: typed('string, list, list, int, any, string', ([name, addresses, names, days, ca, key]) =>
    issue(server(name, addresses, names, days), givenKey(key), signer(ca)),
  ),
  encryptAES: typed('string, string', ([password, text]) => encrypt(stringOf(password), stringOf(text))),
  decryptAES: typed('string, string', ([password, text]) => decrypt(stringOf(password), stringOf(text))),
}

/** What takes longer than a millisecond looks at the clock each time. */
const slow = /^(?:gen|bcrypt|htpasswd|derivePassword)/

export const cryptoFunctions: Record<string, TemplateFunction> = Object.fromEntries(
  Object.entries(all).map(([name, run]) => [name, slow.test(name) ? Object.assign(run, { cost: 256 }) : run]),
)
