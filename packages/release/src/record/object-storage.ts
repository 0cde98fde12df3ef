/**
 * Records in Secrets (Helm's default) or ConfigMaps: names, labels and types as helm's pkg/storage/driver writes
 * them, so that both read what the other wrote.
 */
import type { KubeObject } from '@sluice/api'
import { ApiError, isConflict, isNotFound, type KubeClient } from '@sluice/kube'
import { ReleaseError } from '../action/release-error.ts'
import { decodeRecord, encodeRecord } from './encode-record.ts'
import type { ReleaseRecord } from './release-record.ts'
import type { CreateOptions, ReleaseStorage } from './release-storage.ts'
import { surplusRevisions } from './surplus-revisions.ts'

export interface StorageOptions {
  client: KubeClient
  namespace: string
  /** Field manager of the writes. */
  manager: string
  /** Milliseconds since the epoch. */
  now?: () => number
}

interface Medium {
  kind: 'Secret' | 'ConfigMap'
  textOf(object: KubeObject): string
  fieldsOf(text: string): Record<string, unknown>
}

const secrets: Medium = {
  kind: 'Secret',
  textOf: object => Buffer.from(dataOf(object), 'base64').toString('latin1'),
  fieldsOf: text => ({ type: 'helm.sh/release.v1', data: { release: Buffer.from(text, 'latin1').toString('base64') } }),
}

const configMaps: Medium = {
  kind: 'ConfigMap',
  textOf: dataOf,
  fieldsOf: text => ({ data: { release: text } }),
}

export function secretStorage(options: StorageOptions): ReleaseStorage {
  return new ObjectStorage(secrets, options)
}

export function configMapStorage(options: StorageOptions): ReleaseStorage {
  return new ObjectStorage(configMaps, options)
}

const systemLabels = ['name', 'owner', 'status', 'version', 'createdAt', 'modifiedAt']

/** Throws for labels that Helm keeps for itself. */
export function checkLabels(labels: Record<string, string> | undefined): void {
  if (!labels || !Object.keys(labels).some(key => systemLabels.includes(key))) return
  const listed = systemLabels.join(' ')
  const message = `user supplied labels contains system reserved label name. System labels: [${listed}]`
  throw new ReleaseError('storage', message)
}

class ObjectStorage implements ReleaseStorage {
  readonly #medium: Medium
  readonly #options: StorageOptions
  readonly #now: () => number

  constructor(medium: Medium, options: StorageOptions) {
    this.#medium = medium
    this.#options = options
    this.#now = options.now ?? Date.now
  }

  async history(name: string): Promise<ReleaseRecord[]> {
    return (await this.#query(name)).records
  }

  async last(name: string): Promise<ReleaseRecord | undefined> {
    const { records, objects } = await this.#query(name)
    if (objects > 0 && records.length === 0) throw new ReleaseError('storage', `no revision for release "${name}"`)
    return records.at(-1)
  }

  async get(name: string, version: number): Promise<ReleaseRecord | undefined> {
    const key = keyOf(name, version)
    let object: KubeObject | undefined
    try {
      object = await this.#options.client.find(this.#ref(key))
    } catch (error) {
      throw failure(`get: failed to get "${key}"`, error)
    }
    if (!object) return undefined
    try {
      return this.#decode(object)
    } catch (error) {
      throw failure(`get: failed to decode data "${key}"`, error)
    }
  }

  async create(record: ReleaseRecord, { maxHistory = 0, history }: CreateOptions = {}): Promise<void> {
    if (maxHistory > 0) {
      const known = history ?? (await this.history(record.name))
      for (const old of surplusRevisions(known, maxHistory)) await this.remove(old)
    }
    const createdAt = this.#seconds()
    try {
      await this.#options.client.create(this.#objectOf(record, { createdAt }), { fieldManager: this.#options.manager })
    } catch (error) {
      if (isConflict(error)) throw new ReleaseError('already-exists', 'release: already exists', { cause: error })
      throw failure('create: failed to create', error)
    }
  }

  async update(record: ReleaseRecord): Promise<void> {
    // When it was created is lost with the first update, as in Helm.
    const labels = { modifiedAt: this.#seconds() }
    try {
      await this.#options.client.update(this.#objectOf(record, labels), { fieldManager: this.#options.manager })
    } catch (error) {
      throw failure('update: failed to update', error)
    }
  }

  async remove(record: ReleaseRecord): Promise<void> {
    try {
      await this.#options.client.delete(this.#ref(keyOf(record.name, record.version)))
    } catch (error) {
      if (!isNotFound(error)) throw failure('delete: failed to delete', error)
    }
  }

  async #query(name: string): Promise<{ records: ReleaseRecord[]; objects: number }> {
    const { client, namespace } = this.#options
    const kind = { apiVersion: 'v1', kind: this.#medium.kind }
    let items: KubeObject[]
    try {
      items = (await client.list(kind, { namespace, labelSelector: `name=${name},owner=helm` })).items
    } catch (error) {
      throw failure('query: failed to query with labels', error)
    }
    const records = items.flatMap(object => {
      try {
        return [this.#decode(object)]
      } catch {
        return []
      }
    })
    return { records: records.sort((a, b) => a.version - b.version), objects: items.length }
  }

  #decode(object: KubeObject): ReleaseRecord {
    const record = decodeRecord(this.#medium.textOf(object))
    const labels = { ...object.metadata.labels }
    for (const key of systemLabels) delete labels[key]
    if (Object.keys(labels).length > 0) record.labels = labels
    return record
  }

  #objectOf(record: ReleaseRecord, times: Record<string, string>): KubeObject {
    const { name, version, info } = record
    const own = { name, owner: 'helm', status: info.status ?? 'unknown', version: String(version) }
    const labels = { ...times, ...record.labels, ...own }
    const metadata = { name: keyOf(name, version), namespace: this.#options.namespace, labels }
    return { apiVersion: 'v1', kind: this.#medium.kind, metadata, ...this.#medium.fieldsOf(encodeRecord(record)) }
  }

  #seconds(): string {
    return String(Math.floor(this.#now() / 1000))
  }

  #ref(name: string) {
    return { apiVersion: 'v1', kind: this.#medium.kind, namespace: this.#options.namespace, name }
  }
}

const keyOf = (name: string, version: number): string => `sh.helm.release.v1.${name}.v${version}`

function dataOf(object: KubeObject): string {
  const { data } = object
  if (typeof data === 'object' && data !== null && 'release' in data && typeof data.release === 'string') {
    return data.release
  }
  throw new Error('it holds no release')
}

function failure(what: string, error: unknown): ReleaseError {
  const message = error instanceof Error ? error.message : String(error)
  const kind = error instanceof ApiError ? 'storage' : 'unreachable'
  return new ReleaseError(kind, `${what}: ${message}`, { cause: error })
}
