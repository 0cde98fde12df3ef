/** The keywords for strings. */
import { quoted } from '../value-text.ts'
import { sizeKeywords } from './size-keywords.ts'
import type { Validation } from './validate.ts'

export function stringKeywords(validation: Validation, value: string): void {
  const { budget } = validation
  const { minLength, maxLength, pattern } = validation.schema
  budget.spend(value.length >> 6)
  if (minLength !== undefined || maxLength !== undefined) {
    let length = 0
    for (const _ of value) length++
    sizeKeywords(validation, 'Length', length, minLength, maxLength)
  }
  if (pattern && !pattern.matches(value, budget)) {
    validation.tell(`${quoted(value)} does not match pattern ${quoted(pattern.text)}`)
  }
}
