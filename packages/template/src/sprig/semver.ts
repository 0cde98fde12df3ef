/** Sprig's semver and semverCompare, by Masterminds' rules. */
import { compareVersions, parseConstraint, parseVersion, satisfies, type Version } from '@sluice/semver'
import { goMethodParameters } from '../method-parameters.ts'
import { type TemplateFunction, typed } from '../template-function.ts'
import { stringOf } from './cast.ts'

/** What `semver` answers: its members can be called from templates. */
class SemanticVersion {
  static readonly goType = '*semver.Version'
  readonly #version: Version
  readonly #text: string

  constructor(text: string) {
    const version = parseVersion(text)
    if (version === undefined) throw new Error('invalid semantic version')
    this.#version = version
    this.#text = text
  }

  Major(): bigint {
    return this.#version.major
  }

  Minor(): bigint {
    return this.#version.minor
  }

  Patch(): bigint {
    return this.#version.patch
  }

  Prerelease(): string {
    return this.#version.prerelease
  }

  Metadata(): string {
    return /\+(.*)$/.exec(this.#text)?.[1] ?? ''
  }

  Original(): string {
    return this.#text
  }

  String(): string {
    const { major, minor, patch, prerelease } = this.#version
    const metadata = this.Metadata()
    return `${major}.${minor}.${patch}${prerelease ? `-${prerelease}` : ''}${metadata ? `+${metadata}` : ''}`
  }

  Compare(other: unknown): bigint {
    if (other instanceof SemanticVersion) return BigInt(compareVersions(this.#version, other.#version))
    throw new Error('runtime error: invalid memory address or nil pointer dereference')
  }

  Equal(other: unknown): boolean {
    return this.Compare(other) === 0n
  }

  LessThan(other: unknown): boolean {
    return this.Compare(other) < 0n
  }

  GreaterThan(other: unknown): boolean {
    return this.Compare(other) > 0n
  }

  toGoJson(): string {
    return this.String()
  }
}

const other = ['*semver.Version'] as const
goMethodParameters(SemanticVersion.prototype, { Compare: other, Equal: other, LessThan: other, GreaterThan: other })

export const semverFunctions: Record<string, TemplateFunction> = {
  semver: typed('string', ([text]) => new SemanticVersion(stringOf(text))),
  semverCompare: typed('string, string', ([range, text]) => {
    if (stringOf(range).trim() === '') throw new Error(`improper constraint: ${stringOf(range)}`)
    const constraint = parseConstraint(stringOf(range))
    const version = parseVersion(stringOf(text))
    if (version === undefined) throw new Error('invalid semantic version')
    return satisfies(version, constraint)
  }),
}
