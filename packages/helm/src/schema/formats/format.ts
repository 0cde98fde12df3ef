/** What a format is, and what formats have in common when they say what is wrong with a text. */
/** What is wrong with a text; undefined when it has the format. */
export type Format = (text: string) => string | undefined

/** What is wrong with a part of a text, told of the whole. */
export const inPart = (part: string, problem: string | undefined): string | undefined =>
  problem === undefined ? undefined : `${part}: ${problem}`

/** The first character of a text that is not allowed. */
export const strangerIn = (text: string, allowed: RegExp): string | undefined =>
  [...text].find(char => !allowed.test(char))
