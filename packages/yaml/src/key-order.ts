/**
 * The order in which go-yaml v2 writes the keys of a mapping: letters by code point, digits as numbers, other characters before letters.
 */

export function compareKeys(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  let i = 0
  while (i < length && a.charCodeAt(i) === b.charCodeAt(i)) i++
  if (i === length) return a.length - b.length
  const x = a.charCodeAt(i)
  const y = b.charCodeAt(i)
  const xLetter = isLetter(x)
  const yLetter = isLetter(y)
  if (xLetter && yLetter) return runeAt(a, i) - runeAt(b, i)
  if (xLetter || yLetter) return yLetter ? -1 : 1
  let xNumber = 0
  let yNumber = 0
  if (x === 48 || y === 48) {
    for (let j = i - 1; j >= 0 && isDigit(a.charCodeAt(j)); j--) {
      if (a.charCodeAt(j) !== 48) {
        xNumber = 1
        yNumber = 1
        break
      }
    }
  }
  let xEnd = i
  let yEnd = i
  for (; xEnd < a.length && isDigit(a.charCodeAt(xEnd)); xEnd++) xNumber = xNumber * 10 + a.charCodeAt(xEnd) - 48
  for (; yEnd < b.length && isDigit(b.charCodeAt(yEnd)); yEnd++) yNumber = yNumber * 10 + b.charCodeAt(yEnd) - 48
  if (xNumber !== yNumber) return xNumber - yNumber
  if (xEnd !== yEnd) return xEnd - yEnd
  return runeAt(a, i) - runeAt(b, i)
}

function runeAt(text: string, index: number): number {
  // A low surrogate that differs belongs to the code point one unit before.
  const unit = text.charCodeAt(index)
  return (unit >= 0xdc00 && unit <= 0xdfff ? text.codePointAt(index - 1) : text.codePointAt(index)) ?? unit
}

function isLetter(unit: number): boolean {
  if (unit < 128) return (unit >= 65 && unit <= 90) || (unit >= 97 && unit <= 122)
  return /\p{L}/u.test(String.fromCharCode(unit))
}

function isDigit(unit: number): boolean {
  if (unit < 128) return unit >= 48 && unit <= 57
  return /\p{Nd}/u.test(String.fromCharCode(unit))
}

/** The order of the texts' UTF-8 bytes, in which Go compares strings: that of their code points. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return aboveSurrogates(x) - aboveSurrogates(y)
  }
  return a.length - b.length
}

/** UTF-16 sorts the halves of code points above 0xffff before 0xe000 and what follows; they belong behind. */
const aboveSurrogates = (unit: number): number => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800)
