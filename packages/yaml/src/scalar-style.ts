/**
 * How go-yaml v2 writes a string: plain, single or double quoted, or as a literal block. Split from the emitter because it is pure and has many rules.
 */
import { resolvePlain } from './resolve-plain.ts'

export type ScalarStyle = 'plain' | 'single' | 'double' | 'literal'

const plainWord = /^[A-Za-z_/][A-Za-z0-9_./-]*$/
const base60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/
/** Not printable in go-yaml v2's eyes: tabs, C0 and C1 controls, BOM, and everything beyond the basic plane. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: this is the rule
const special = /[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]/
const breakChar = /[\n\r\u0085\u2028\u2029]/
const indicatorStart = /^(?:---|\.\.\.|[#,[\]{}&*!|>'"%@`]|[?:-](?:[ \t\r\n\u0085\u2028\u2029]|$))/
const indicatorInside = /.:(?:[ \t]|$)|[ \t\r\n\0\u0085\u2028\u2029]#/

/** `key` is true for mapping keys, which stay on one line. */
export function scalarStyle(text: string, key: boolean): ScalarStyle {
  if (plainWord.test(text))
    return text.length <= 5 && typeof resolvePlain(text, '1.1') !== 'string' ? 'double' : 'plain'
  const multiline = text.includes('\n')
  if (!multiline && !staysString(text)) return 'double'
  if (text === '') return 'double'
  const odd = special.test(text)
  const spaceBreak = / [\n\r\u0085\u2028\u2029]/.test(text)
  if (multiline) return key || odd || spaceBreak || text.endsWith(' ') ? 'double' : 'literal'
  const anyBreak = breakChar.test(text)
  if (odd || spaceBreak || (anyBreak && /[\r\u0085\u2028\u2029] /.test(text))) return 'double'
  if (anyBreak && key) return 'double'
  const plain =
    !anyBreak &&
    !text.startsWith(' ') &&
    !text.endsWith(' ') &&
    !indicatorStart.test(text) &&
    !indicatorInside.test(text)
  return plain ? 'plain' : 'single'
}

/** Whether go-yaml v2 would read the unquoted text back as the same string. */
function staysString(text: string): boolean {
  const first = text.charCodeAt(0)
  const numeric = (first >= 48 && first <= 57) || first === 43 || first === 45
  if (numeric && text.includes(':') && base60.test(text)) return false
  // Dates resolve to the timestamp tag although their value stays text.
  if (numeric && looksLikeDate(text)) return false
  return typeof resolvePlain(text, '1.1') === 'string'
}

function looksLikeDate(text: string): boolean {
  if (text.charCodeAt(4) !== 45 || !/^[0-9]{4}-/.test(text)) return false
  // In the 1.2 dialect a date changes its text, unless it already is the normal form.
  return resolvePlain(text, '1.2') !== text || /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|[-+][0-9:]+)$/.test(text)
}
