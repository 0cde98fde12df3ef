/** `semver`, for whose breaches the library has words of its own: the parsers of versions elsewhere have others. */
import { quotedRune } from '../value-text.ts'
import { strangerIn } from './format.ts'

export function semver(text: string): string | undefined {
  const [versionAndRelease = '', ...build] = text.split('+')
  const identifiers = (part: string, what: string): string | undefined => {
    for (const identifier of part.split('.')) {
      if (identifier === '') return `${what} identifier is empty`
      const char = strangerIn(identifier, /[0-9a-z-]/i)
      if (char !== undefined) return `invalid character ${quotedRune(char)} in ${what} identifier`
      if (what === 'pre-release' && /^0\d+$/.test(identifier)) {
        return 'pre-release numeric identifier starts with zero'
      }
    }
    return undefined
  }
  if (build.length > 0) {
    if (build.join('+') === '') return 'build is empty'
    const problem = identifiers(build.join('+'), 'build')
    if (problem !== undefined) return problem
  }
  const [version = '', ...release] = versionAndRelease.split('-')
  if (release.length > 0) {
    const problem = identifiers(release.join('-'), 'pre-release')
    if (problem !== undefined) return problem
  }
  const numbers = version.split('.')
  if (numbers.length !== 3) return 'versionCore must have 3 numbers separated by dot'
  for (const [index, name] of ['major', 'minor', 'patch'].entries()) {
    const number = numbers[index] ?? ''
    if (number === '') return `${name} is empty`
    if (number.length > 1 && number.startsWith('0')) return `${name} starts with zero`
    if (!/^\d+$/.test(number)) return `${name} contains non-digit`
  }
  return undefined
}
