/** Changes of letter case and of how words are joined, as xstrings, goutils and Go's strings.Title do them. */
const isUpper = (char: string): boolean => /\p{Lu}/u.test(char)
const isLower = (char: string): boolean => /\p{Ll}/u.test(char)
const isConnector = (char: string): boolean => /[-_\s\u0085]/u.test(char)

/** Capitals after everything that is no letter, digit or underscore. */
export function titleCase(text: string): string {
  let before = ' '
  let out = ''
  for (const char of text) {
    const starts = before <= '\x7f' ? !/[A-Za-z0-9_]/.test(before) : /\s/u.test(before)
    out += starts ? char.toUpperCase() : char
    before = char
  }
  return out
}

export function swapCase(text: string): string {
  return Array.from(text, char =>
    isUpper(char) ? char.toLowerCase() : isLower(char) ? char.toUpperCase() : char,
  ).join('')
}

/** PascalCase: connectors go, the letter after them is a capital. */
export function camelCase(text: string): string {
  const chars = [...text]
  let out = ''
  let at = 0
  let current = ''
  let firstUpper = false
  let found = false
  while (at < chars.length && !found) {
    current = chars[at++] ?? ''
    if (isConnector(current)) out += current
    else {
      firstUpper = isUpper(current)
      current = current.toUpperCase()
      found = true
    }
  }
  if (at >= chars.length) return found ? out + current : out
  while (at < chars.length) {
    const before = current
    current = chars[at++] ?? ''
    if (isConnector(current) && isConnector(before)) {
      out += before
      continue
    }
    if (isConnector(before)) {
      firstUpper = isUpper(current)
      current = current.toUpperCase()
    } else {
      if (firstUpper) {
        if (isUpper(current)) current = lowerCase(current)
        else firstUpper = false
      }
      out += before
    }
  }
  return out + current
}

type WordType = 'none' | 'number' | 'upper' | 'alphabet' | 'connector' | 'punctuation' | 'other'

/** Characters that are letters of a script with cases; others (ideographs) are words of their own. */
const isAlphabet = (char: string): boolean => /\p{L}/u.test(char) && (isUpper(char) || isLower(char))
const isNumber = (char: string): boolean => /\p{N}/u.test(char)
const isPunctuation = (char: string): boolean => /\p{P}/u.test(char)

/** snake_case and kebab-case. */
export function connectedCase(text: string, connector: string): string {
  const chars = [...text]
  let at = 0
  const while_ = (test: (char: string) => boolean): void => {
    while (at < chars.length && test(chars[at] ?? '')) at++
  }
  const next = (): [WordType, string] => {
    if (at >= chars.length) return ['none', '']
    const start = at
    const first = chars[at++] ?? ''
    const taken = (type: WordType): [WordType, string] => [type, chars.slice(start, at).join('')]
    if (isConnector(first)) {
      while_(isConnector)
      return taken('connector')
    }
    if (isPunctuation(first)) {
      while_(isPunctuation)
      return taken('punctuation')
    }
    if (isUpper(first)) {
      const second = chars[at]
      if (second !== undefined && isUpper(second)) {
        while_(isUpper)
        // Of "HTTPStatus" the S belongs to the next word.
        if (at < chars.length && isAlphabet(chars[at] ?? '')) at--
      } else while_(char => isAlphabet(char) && !isUpper(char))
      return taken('upper')
    }
    if (isAlphabet(first)) {
      while_(char => isAlphabet(char) && !isUpper(char))
      return taken('alphabet')
    }
    if (isNumber(first)) {
      while_(isNumber)
      return taken('number')
    }
    while_(char => !isConnector(char) && !isAlphabet(char) && !isNumber(char) && !isPunctuation(char))
    return taken('other')
  }
  const lower = (type: WordType, word: string): string => {
    if (type === 'connector') return connector.repeat([...word].length)
    return type === 'upper' ? lowerCase(word) : word
  }
  let out = ''
  let [type, word] = next()
  while (at < chars.length) {
    if (type !== 'connector') out += lower(type, word)
    const before = type
    const last = word
    ;[type, word] = next()
    if (before === 'number') {
      while (type === 'alphabet' || type === 'number') {
        out += lower(type, word)
        ;[type, word] = next()
      }
      if (type !== 'none' && type !== 'punctuation' && type !== 'connector') out += connector
    } else if (before === 'connector') out += lower(before, last)
    else if (before !== 'punctuation') {
      if (type !== 'number') {
        if (type !== 'connector' && type !== 'punctuation') out += connector
        continue
      }
      if (at >= chars.length) continue
      const digits = word
      ;[type, word] = next()
      if (type !== 'alphabet') {
        out += digits
        if (type !== 'connector' && type !== 'punctuation') out += connector
        continue
      }
      out += connector + digits
      while (type === 'alphabet' || type === 'number') {
        out += lower(type, word)
        ;[type, word] = next()
      }
      if (type !== 'none' && type !== 'connector' && type !== 'punctuation') out += connector
    }
  }
  return out + lower(type, word)
}

/** Go maps character by character: one that becomes several stays, but for the dotted I, which loses its dot. */
export const upperCase = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII needs no care
  /^[\x00-\x7f]*$/.test(text)
    ? text.toUpperCase()
    : Array.from(text, char => single(char.toUpperCase()) ?? char).join('')

export const lowerCase = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII needs no care
  /^[\x00-\x7f]*$/.test(text)
    ? text.toLowerCase()
    : Array.from(
        text,
        char => single(char.toLowerCase()) ?? String.fromCodePoint(char.toLowerCase().codePointAt(0) ?? 0),
      ).join('')

const single = (text: string): string | undefined => ([...text].length === 1 ? text : undefined)
