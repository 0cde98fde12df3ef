/** References between schemas: the URLs they are, and what is said of those that lead nowhere. */
import { goQuote } from '@sluice/template'
import { HelmError } from '../../helm-error.ts'

/** What stands before the first `#`, and what behind it. */
export function splitFragment(reference: string): [url: string, fragment: string] {
  const hash = reference.indexOf('#')
  return hash < 0 ? [reference, ''] : [reference.slice(0, hash), reference.slice(hash + 1)]
}

/** The absolute address of a reference. */
export function resolved(reference: string, base: string): string {
  if (reference === '') return base
  try {
    return new URL(reference, base).href
  } catch {
    throw new HelmError(`error in parsing ${goQuote(reference)}`)
  }
}

/** A fragment without percent signs: a JSON pointer or the name of an anchor. */
export function decodedFragment(fragment: string): string {
  try {
    return decodeURIComponent(fragment)
  } catch (error) {
    throw new HelmError(`error in parsing ${goQuote(`#${fragment}`)}`, { cause: error })
  }
}

/** As Go's url.PathEscape. */
export const pathEscaped = (step: string): string =>
  encodeURIComponent(step.toWellFormed())
    .replace(/%(?:24|26|2B|3D|3A|40)/g, decodeURIComponent)
    .replace(/[!*'()]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)

/** Rendering a chart reaches no network. */
export const schemasAreNotFetched = (url: string): HelmError =>
  new HelmError(`failing loading ${goQuote(url)}: schemas are not fetched`)
