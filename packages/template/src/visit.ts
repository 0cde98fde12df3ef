/**
 * Counts the values that one walk through a value meets. Templates can make small values that are huge when written out, a list that holds another
 * twice that holds another twice; the walk through such a one ends with an error.
 */
const most = 2_000_000
let met = 0

/** A depth of 0 begins a walk. */
export function visit(depth: number): void {
  if (depth === 0) met = 0
  else if (++met > most) throw new Error(`the value has more than ${most} parts`)
}
