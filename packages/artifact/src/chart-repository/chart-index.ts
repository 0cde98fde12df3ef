/**
 * The index of a chart repository as it is kept in memory: of each version only what choosing and downloading need, so
 * that several large indexes fit. Choosing follows Flux, which follows Helm with Masterminds' rules.
 */
import {
  type Constraint,
  compareVersions,
  parseConstraint,
  parseVersion,
  satisfies,
  type Version,
} from '@sluice/semver'
import { nearestVersions } from '../nearest-versions.ts'
import { type ChartOffer, ChartReferenceError } from './chart-source.ts'

export interface IndexEntry extends ChartOffer {
  /** Milliseconds since the epoch; settles which of two equal versions is newer. */
  created: number
}

interface Ordered {
  version: Version
  entry: IndexEntry
}

export class ChartIndex {
  /** Rough size in memory, in bytes. */
  readonly bytes: number
  readonly #entries: ReadonlyMap<string, readonly IndexEntry[]>
  /** By chart, newest first; filled when a chart is first asked for. */
  readonly #ordered = new Map<string, Ordered[]>()

  constructor(entries: ReadonlyMap<string, readonly IndexEntry[]>) {
    this.#entries = entries
    let bytes = 0
    for (const versions of entries.values()) {
      for (const { version, urls, digest } of versions) {
        bytes += 300 + version.length + digest.length
        for (const url of urls) bytes += url.length + 50
      }
    }
    this.bytes = bytes
  }

  /** All that the repository has of a chart; `undefined` when it has no such chart. */
  versions(name: string): readonly IndexEntry[] | undefined {
    return this.#entries.get(name)
  }

  /** @throws {ChartReferenceError} with Helm's words, and the nearest versions where none fits */
  find(name: string, wanted: string): IndexEntry {
    const versions = this.#entries.get(name)
    if (!versions) throw new ChartReferenceError('no chart name found')
    if (versions.length === 0) throw new ChartReferenceError('no chart version found')
    if (wanted !== '') {
      const exact = versions.find(({ version }) => version === wanted)
      if (exact) return exact
    }
    const constraint = constraintOf(wanted || '*')
    const found = this.#newestFirst(name, versions).find(({ version }) => satisfies(version, constraint))
    if (!found) {
      const nearest = nearestVersions(
        versions.map(({ version }) => version),
        wanted,
      )
      throw new ChartReferenceError(`no '${name}' chart with version matching '${wanted}' found${nearest}`)
    }
    return found.entry
  }

  #newestFirst(name: string, versions: readonly IndexEntry[]): Ordered[] {
    const known = this.#ordered.get(name)
    if (known) return known
    const ordered = versions.flatMap(entry => {
      const version = semanticVersion(entry.version)
      return version ? [{ version, entry }] : []
    })
    ordered.sort((a, b) => compareVersions(b.version, a.version) || b.entry.created - a.entry.created)
    this.#ordered.set(name, ordered)
    return ordered
  }
}

function constraintOf(text: string): Constraint {
  try {
    return parseConstraint(text)
  } catch (error) {
    throw new ChartReferenceError(`improper constraint: ${JSON.stringify(text)}`, { cause: error })
  }
}

/** Ranges choose only among versions of three parts, as Flux has it. */
function semanticVersion(text: string): Version | undefined {
  return /^v?\d+\.\d+\.\d+(?:$|[-+])/.test(text) ? parseVersion(text) : undefined
}
