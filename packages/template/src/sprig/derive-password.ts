/** The master password algorithm: the same secret, user and site give the same password, always. */
import { createHmac, scryptSync } from 'node:crypto'

const seed = 'com.lyndir.masterpassword'

const templates: Record<string, readonly string[]> = {
  maximum: ['anoxxxxxxxxxxxxxxxxx', 'axxxxxxxxxxxxxxxxxno'],
  long: (
    'CvcvnoCvcvCvcv CvcvCvcvnoCvcv CvcvCvcvCvcvno CvccnoCvcvCvcv CvccCvcvnoCvcv CvccCvcvCvcvno CvcvnoCvccCvcv ' +
    'CvcvCvccnoCvcv CvcvCvccCvcvno CvcvnoCvcvCvcc CvcvCvcvnoCvcc CvcvCvcvCvccno CvccnoCvccCvcv CvccCvccnoCvcv ' +
    'CvccCvccCvcvno CvcvnoCvccCvcc CvcvCvccnoCvcc CvcvCvccCvccno CvccnoCvcvCvcc CvccCvcvnoCvcc CvccCvcvCvccno'
  ).split(' '),
  medium: ['CvcnoCvc', 'CvcCvcno'],
  short: ['Cvcn'],
  basic: ['aaanaaan', 'aannaaan', 'aaannaaa'],
  pin: ['nnnn'],
}

const both = 'AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz'
const characters: Record<string, string> = {
  V: 'AEIOU',
  C: 'BCDFGHJKLMNPQRSTVWXYZ',
  v: 'aeiou',
  c: 'bcdfghjklmnpqrstvwxyz',
  A: 'AEIOUBCDFGHJKLMNPQRSTVWXYZ',
  a: both,
  n: '0123456789',
  o: "@&%?,=[]_:-+*$#!'^~;()/.",
  x: `${both}0123456789!@#$%^&*()`,
}

const counted = (text: string): Buffer => {
  const bytes = Buffer.from(text)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

export function derivePassword(counter: number, type: string, password: string, user: string, site: string): string {
  const choices = Object.hasOwn(templates, type) ? templates[type] : undefined
  if (choices === undefined) return `cannot find password template ${type}`
  const salt = Buffer.concat([Buffer.from(seed), counted(user)])
  const key = scryptSync(password, salt, 64, { N: 32768, r: 8, p: 2, maxmem: 128 * 1024 * 1024 })
  const count = Buffer.alloc(4)
  count.writeUInt32BE(counter >>> 0)
  const hash = createHmac('sha256', key)
    .update(Buffer.concat([Buffer.from(seed), counted(site), count]))
    .digest()
  const template = choices[(hash[0] ?? 0) % choices.length] ?? ''
  return Array.from(template, (part, index) => {
    const set = characters[part] ?? ''
    return set[(hash[index + 1] ?? 0) % set.length]
  }).join('')
}
