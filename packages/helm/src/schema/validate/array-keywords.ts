/** The keywords for arrays, but for `unevaluatedItems`. */
import type { Problem } from '../problem.ts'
import { wholeText } from '../value-text.ts'
import { duplicates } from './equality.ts'
import { sizeKeywords } from './size-keywords.ts'
import type { Validation } from './validate.ts'

export function arrayKeywords(validation: Validation, value: readonly unknown[]): void {
  const { budget } = validation
  const { minItems, maxItems, uniqueItems } = validation.schema
  budget.spend(value.length)
  sizeKeywords(validation, 'Items', value.length, minItems, maxItems)
  const twins = uniqueItems ? duplicates(value, budget) : undefined
  if (twins) validation.tell(`items at ${wholeText(twins[0])} and ${wholeText(twins[1])} are equal`)
  itemsKeywords(validation, value)
  containsKeywords(validation, value)
}

function itemsKeywords(validation: Validation, value: readonly unknown[]): void {
  const { firstItems, items, additionalItems } = validation.schema
  for (const [index, schema] of firstItems.entries()) {
    if (index < value.length) validation.add(validation.inside(schema, value[index], String(index)))
  }
  const rest = items ?? additionalItems
  const restLength = value.length - firstItems.length
  if (rest === false) {
    if (restLength > 0) validation.tell(`last ${wholeText(restLength)} additionalItem(s) not allowed`)
  } else if (rest !== undefined && rest !== true) {
    for (const [index, item] of value.slice(firstItems.length).entries()) {
      // The library, too, counts anew behind the first ones.
      validation.add(validation.inside(rest, item, String(index)))
    }
  }
}

function containsKeywords(validation: Validation, value: readonly unknown[]): void {
  const { contains, minContains, maxContains, draft } = validation.schema
  if (!contains) return
  const causes: Problem[] = []
  const found: number[] = []
  for (const [index, item] of value.entries()) {
    const problem = validation.inside(contains, item, String(index))
    if (problem) causes.push(problem)
    else {
      found.push(index)
      if (draft >= 2020) validation.unevaluated.removeIndex(index)
    }
  }
  const matched = `matched ${wholeText(found.length)} items at ${found.join(' ')}`
  if (minContains !== undefined) {
    const instead = found.length === 0 ? 'none matched' : matched
    const text = `min ${wholeText(minContains)} items required to match contains schema, but ${instead}`
    if (found.length < minContains) validation.tell(text, causes)
  } else if (found.length === 0) validation.tell('no items match contains schema', causes)
  if (maxContains !== undefined && found.length > maxContains) {
    validation.tell(`max ${wholeText(maxContains)} items required to match contains schema, but ${matched}`)
  }
}
