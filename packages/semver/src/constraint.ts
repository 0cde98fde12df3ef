/**
 * Version ranges with the rules of Masterminds/semver 3, which differ from npm's: `~1`, `^0`, `>1.2` with missing parts,
 * comma or space for "and", and pre-releases that only take part in a range that names one.
 */
import { comparePrereleases, compareVersions, parseVersion, type Version } from './version.ts'

type Operator = '' | '=' | '!=' | '>' | '<' | '>=' | '<=' | '~' | '^'

interface Comparison {
  operator: Operator
  version: Version
  /** Parts of the version were missing or wildcards: any, from the minor on, the patch. */
  dirty: boolean
  minorDirty: boolean
  patchDirty: boolean
}

export interface Constraint {
  /** Alternatives, each a list of which all must hold. */
  alternatives: Comparison[][]
  text: string
}

export class ConstraintError extends Error {
  override name = 'ConstraintError'
}

const OPERATORS = `(${['!=', '>=', '=>', '<=', '=<', '~>', '=', '>', '<', '~', '\\^', ''].join('|')})`
const PART = '[0-9xX*]+'
const TAIL = '(-([0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*))?(\\+([0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*))?'
const CV = `v?(${PART})(\\.${PART})?(\\.${PART})?${TAIL}`
const SINGLE = new RegExp(`^\\s*${OPERATORS}\\s*(${CV})\\s*$`)
const RANGE = new RegExp(`\\s*(${CV})\\s+-\\s+(${CV})\\s*`, 'g')
const FIND = new RegExp(`${OPERATORS}\\s*(${CV})`, 'g')
const VALID = new RegExp(`^(\\s*${OPERATORS}\\s*(${CV})\\s*)((?:\\s+|,\\s*)${OPERATORS}\\s*(${CV})\\s*)*$`)

/** @throws {ConstraintError} with Masterminds' words. */
export function parseConstraint(text: string): Constraint {
  // The patterns backtrack; nobody writes a range this long.
  if (text.length > 512) throw new ConstraintError(`improper constraint: longer than 512 characters`)
  const ranged = text.replace(RANGE, whole => {
    const [from = '', to = ''] = whole.trim().split(/\s+-\s+/)
    return `>=${from} <=${to} `
  })
  const alternatives = ranged.split('||').map(part => {
    if (part.trim() === '' && !VALID.test(part)) return [parseComparison('')]
    if (!VALID.test(part)) throw new ConstraintError(`improper constraint: ${part}`)
    return (part.match(FIND) ?? [part]).map(parseComparison)
  })
  return { alternatives, text }
}

export function satisfies(version: Version, constraint: Constraint): boolean {
  return constraint.alternatives.some(all => {
    const withPrerelease = all.some(one => one.version.prerelease !== '')
    return all.every(one => holds(version, one, withPrerelease))
  })
}

function parseComparison(text: string): Comparison {
  if (text === '')
    return { operator: '', version: parseVersion('0.0.0')!, dirty: true, minorDirty: false, patchDirty: false }
  const match = SINGLE.exec(text)
  if (!match) throw new ConstraintError(`improper constraint: ${text}`)
  const [, operator = '', whole = '', major = '', minor = '', patch = '', prerelease = ''] = match
  let version = whole
  let [dirty, minorDirty, patchDirty] = [false, false, false]
  if (isWild(major)) {
    version = `0.0.0${prerelease}`
    dirty = true
  } else if (isWild(minor.slice(1))) {
    version = `${major}.0.0${prerelease}`
    dirty = minorDirty = true
  } else if (isWild(patch.slice(1))) {
    version = `${major}${minor}.0${prerelease}`
    dirty = patchDirty = true
  }
  const parsed = parseVersion(version)
  if (!parsed) throw new ConstraintError('constraint parser error')
  return { operator: canonical(operator), version: parsed, dirty, minorDirty, patchDirty }
}

function isWild(part: string): boolean {
  return part === '' || part === 'x' || part === 'X' || part === '*'
}

function canonical(operator: string): Operator {
  switch (operator) {
    case '=>':
      return '>='
    case '=<':
      return '<='
    case '~>':
      return '~'
    case '=':
    case '!=':
    case '>':
    case '<':
    case '>=':
    case '<=':
    case '~':
    case '^':
      return operator
    default:
      return ''
  }
}

function holds(v: Version, c: Comparison, withPrerelease: boolean): boolean {
  if (v.prerelease !== '' && !withPrerelease) return false
  switch (c.operator) {
    case '':
    case '=':
      return c.dirty ? tilde(v, c) : compareVersions(v, c.version) === 0
    case '!=':
      return notEqual(v, c)
    case '>':
      return greater(v, c)
    case '<':
      return compareVersions(v, c.version) < 0
    case '>=':
      return compareVersions(v, c.version) >= 0
    case '<=':
      if (!c.dirty) return compareVersions(v, c.version) <= 0
      if (v.major > c.version.major) return false
      return !(v.major === c.version.major && v.minor > c.version.minor && !c.minorDirty)
    case '~':
      return tilde(v, c)
    case '^':
      return caret(v, c)
  }
}

function notEqual(v: Version, c: Comparison): boolean {
  if (c.dirty) {
    if (c.version.major !== v.major) return true
    if (c.version.minor !== v.minor && !c.minorDirty) return true
    if (c.minorDirty) return false
    if (c.version.patch !== v.patch && !c.patchDirty) return true
    if (c.patchDirty) {
      if (v.prerelease === '' && c.version.prerelease === '') return false
      return comparePrereleases(v.prerelease, c.version.prerelease) !== 0
    }
  }
  return compareVersions(v, c.version) !== 0
}

function greater(v: Version, c: Comparison): boolean {
  if (!c.dirty) return compareVersions(v, c.version) > 0
  if (v.major !== c.version.major) return v.major > c.version.major
  // `>11` means 12 or later, `>11.1` means 11.2 or later.
  if (c.minorDirty) return false
  if (c.patchDirty) return v.minor > c.version.minor
  return compareVersions(v, c.version) > 0
}

function tilde(v: Version, c: Comparison): boolean {
  if (compareVersions(v, c.version) < 0) return false
  const { major, minor, patch } = c.version
  if (major === 0n && minor === 0n && patch === 0n && !c.minorDirty && !c.patchDirty) return true
  if (v.major !== major) return false
  return v.minor === minor || c.minorDirty
}

function caret(v: Version, c: Comparison): boolean {
  if (compareVersions(v, c.version) < 0) return false
  const { major, minor, patch } = c.version
  if (major > 0n || c.minorDirty) return v.major === major
  if (v.major > major) return false
  if (minor > 0n || c.patchDirty) return v.minor === minor
  if (v.minor > 0n) return false
  return v.patch === patch
}
