/** The keywords for the size of strings, arrays and objects. */
import { wholeText } from '../value-text.ts'
import type { Validation } from './validate.ts'

/** `what` is how the names of the two keywords end. */
export function sizeKeywords(
  validation: Validation,
  what: 'Length' | 'Items' | 'Properties',
  size: number,
  min: number | undefined,
  max: number | undefined,
): void {
  if (min !== undefined && size < min) validation.tell(`min${what}: got ${wholeText(size)}, want ${wholeText(min)}`)
  if (max !== undefined && size > max) validation.tell(`max${what}: got ${wholeText(size)}, want ${wholeText(max)}`)
}
