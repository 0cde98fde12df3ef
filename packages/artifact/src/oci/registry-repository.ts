/**
 * One repository of a registry, read only (the pull side of the OCI distribution specification). Whatever comes is
 * bounded, and is what its digest says or an error.
 */
import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { ArchiveCache } from '../chart-repository/archive-cache.ts'
import { wholeBody } from '../whole-body.ts'
import { type Descriptor, isDigest, MANIFEST_TYPES, type Manifest, readManifest } from './manifest.ts'
import { RegistryError, RegistrySizeError } from './registry-failure.ts'
import type { RegistryName } from './registry-name.ts'
import type { RegistrySession } from './registry-session.ts'

/** In bytes; registries refuse larger ones, too. */
const MAX_MANIFEST = 4 * 1024 * 1024
const MAX_TAGS_PAGE = 8 * 1024 * 1024
const PAGE = 1000
const MAX_PAGES = 500
const MAX_TAGS = 200_000
/** Larger content is not kept for others who want the same, in bytes. */
const MAX_KEPT = 16 * 1024 * 1024

export interface RegistryRepositoryParts {
  name: RegistryName
  session: RegistrySession
  /** Who asks for what, as one name: downloads are shared by it. */
  identity: string
  blobs: ArchiveCache
  timeoutMs: number
  /** Ends what is under way. */
  signal: AbortSignal
}

export class RegistryRepository {
  readonly #parts: RegistryRepositoryParts

  constructor(parts: RegistryRepositoryParts) {
    this.#parts = parts
  }

  get name(): RegistryName {
    return this.#parts.name
  }

  /** Asks whether there is a registry, once. @throws {RegistryError} */
  ping(): Promise<void> {
    return this.#parts.session.ping()
  }

  /** All tags, in the registry's order. @throws {RegistryError} */
  async tags(): Promise<string[]> {
    const { name } = this.#parts
    const signal = this.#signal()
    const tags: string[] = []
    let path: string | undefined = `/v2/${name.repository}/tags/list?n=${PAGE}`
    for (let page = 0; path !== undefined; page++) {
      if (page >= MAX_PAGES || tags.length > MAX_TAGS) {
        throw new RegistrySizeError(`${name.registry}/${name.repository} has more tags than the limit of ${MAX_TAGS}`)
      }
      const { bytes, response, target } = await this.#get(path, 'application/json', MAX_TAGS_PAGE, signal)
      tags.push(...tagsOf(bytes))
      path = nextPage(response, target)
    }
    return tags
  }

  /** The digest of the manifest of a tag, without its content where the registry allows that. @throws {RegistryError} */
  async digestOf(tag: string): Promise<string> {
    const { session } = this.#parts
    const path = this.#manifestPath(tag)
    const signal = this.#signal()
    const request = { method: 'HEAD', path, accept: MANIFEST_TYPES, scope: this.#scope, signal } as const
    const { response } = await session.request(request)
    response.resume()
    const digest = response.headers['docker-content-digest']
    if (response.statusCode === 200 && typeof digest === 'string' && isDigest(digest)) return digest
    return (await this.#manifest(tag, signal)).digest
  }

  /** @param reference tag or digest; of an index the manifest for linux/amd64 is taken. @throws {RegistryError} */
  async manifest(reference: string): Promise<Manifest> {
    const signal = this.#signal()
    const { digest, manifest } = await this.#manifest(reference, signal)
    if (manifest.kind === 'manifest') return manifest
    const child = manifest.manifests.find(({ os, architecture }) => os === 'linux' && architecture === 'amd64')
    const { registry, repository } = this.#parts.name
    const full = `${registry}/${repository}@${digest}`
    if (!child) throw new RegistryError(`no child with platform linux/amd64 in index ${full}`)
    const inner = await this.#manifest(child.digest, signal)
    if (inner.manifest.kind === 'manifest') return inner.manifest
    throw new RegistryError(`the index ${full} names another index for linux/amd64, not a manifest`)
  }

  /** @param maxBytes limit of this use. @throws {RegistryError} */
  blob(descriptor: Descriptor, maxBytes: number): Promise<Uint8Array> {
    const { identity, blobs } = this.#parts
    const { digest, size } = descriptor
    if (size > maxBytes) {
      return Promise.reject(new RegistrySizeError(`${digest} has ${size} bytes, more than the limit of ${maxBytes}`))
    }
    const load = () => this.#blob(descriptor)
    return size > MAX_KEPT ? load() : blobs.get(JSON.stringify([identity, digest]), load)
  }

  async #blob({ digest, size }: Descriptor): Promise<Uint8Array> {
    const path = `/v2/${this.#parts.name.repository}/blobs/${digest}`
    const { bytes } = await this.#get(path, undefined, size, this.#signal())
    if (bytes.length !== size) throw new RegistryError(`${digest} has ${bytes.length} bytes, its manifest says ${size}`)
    const [algorithm = ''] = digest.split(':')
    const got = digestBy(algorithm, bytes)
    if (got === digest) return bytes
    throw new RegistryError(
      `error verifying ${algorithm} checksum after reading ${size} bytes; got "${got}", want "${digest}"`,
    )
  }

  async #manifest(reference: string, signal: AbortSignal) {
    const path = this.#manifestPath(reference)
    const { bytes, response } = await this.#get(path, MANIFEST_TYPES, MAX_MANIFEST, signal)
    const algorithm = isDigest(reference) ? (reference.split(':')[0] ?? '') : 'sha256'
    const digest = digestBy(algorithm, bytes)
    const { registry, repository } = this.#parts.name
    if (isDigest(reference) && digest !== reference) {
      const full = `${registry}/${repository}@${reference}`
      throw new RegistryError(
        `manifest digest: "${digest}" does not match requested digest: "${reference}" for "${full}"`,
      )
    }
    const promised = response.headers['docker-content-digest']
    if (typeof promised === 'string' && promised.startsWith(`${algorithm}:`) && promised !== digest) {
      const full = `${registry}/${repository}:${reference}`
      throw new RegistryError(
        `manifest digest: "${digest}" does not match Docker-Content-Digest: "${promised}" for "${full}"`,
      )
    }
    return { digest, manifest: readManifest(bytes, response.headers['content-type'] ?? '') }
  }

  /** @throws {RegistryError} */
  async #get(path: string, accept: string | undefined, maxBytes: number, signal: AbortSignal) {
    const { session } = this.#parts
    const answer = await session.request({ method: 'GET', path, accept, scope: this.#scope, signal })
    const { response, target } = answer
    if (response.statusCode !== 200) throw await session.failure('GET', answer)
    return { bytes: await bodyOf(response, maxBytes, target, signal), response, target }
  }

  #manifestPath(reference: string): string {
    if (!isDigest(reference) && !/^\w[\w.-]{0,127}$/.test(reference)) {
      const said = `tag can only contain the characters \`abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.\``
      throw new RegistryError(`${said}: ${reference}`)
    }
    return `/v2/${this.#parts.name.repository}/manifests/${reference}`
  }

  get #scope(): string {
    return `repository:${this.#parts.name.repository}:pull`
  }

  #signal(): AbortSignal {
    return AbortSignal.any([this.#parts.signal, AbortSignal.timeout(this.#parts.timeoutMs)])
  }
}

async function bodyOf(response: IncomingMessage, maxBytes: number, target: URL, signal: AbortSignal): Promise<Buffer> {
  const asked = `GET ${target.origin}${target.pathname}`
  try {
    const tooLarge = () => new RegistrySizeError(`${asked}: the answer is larger than ${maxBytes} bytes`)
    return await wholeBody(response, maxBytes, tooLarge)
  } catch (error) {
    if (error instanceof RegistryError) throw error
    throw new RegistryError(`${asked}: ${signal.aborted ? 'context deadline exceeded' : 'unexpected EOF'}`, {
      cause: error,
    })
  }
}

function tagsOf(bytes: Buffer): string[] {
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch (error) {
    throw new RegistryError('the list of tags is no JSON', { cause: error })
  }
  const tags = typeof value === 'object' && value !== null && 'tags' in value ? value.tags : undefined
  if (tags === null || tags === undefined) return []
  if (!Array.isArray(tags)) throw new RegistryError('the list of tags is none')
  return tags.filter(tag => typeof tag === 'string')
}

/** The page after this one, by the `Link` header; only of the same server, since the login goes along. */
function nextPage({ headers }: IncomingMessage, target: URL): string | undefined {
  const { link } = headers
  const found = /<([^<>]*)>\s*;[^,<>]*\brel="?next"?/.exec(Array.isArray(link) ? link.join(', ') : (link ?? ''))
  if (!found) return undefined
  const next = URL.parse(found[1] ?? '', target)
  if (next?.origin !== target.origin) {
    throw new RegistryError('the list of tags goes on at another server, which is not followed')
  }
  if (next.href === target.href) throw new RegistryError('the list of tags goes on with the page it is on')
  return next.pathname + next.search
}

function digestBy(algorithm: string, bytes: Uint8Array): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`
}
