/**
 * The verbs of the API server, below HTTP and above the store. Requests over HTTP and the in-process client both end here;
 * authorisation has been done by then, save where a verb turns out to be another one (an update that creates).
 */
import { randomBytes } from 'node:crypto'
import type { KubeObject } from '@sluice/api'
import { denied, type ResourceAttributes } from '../access/attributes.ts'
import type { Rbac } from '../access/rbac.ts'
import type { ServiceAccountTokens } from '../access/service-account-tokens.ts'
import type { User } from '../local-client.ts'
import type { ResourceRegistry } from '../resources/resource-registry.ts'
import type { ResourceType } from '../resources/resource-type.ts'
import type { Collection } from '../store/collection.ts'
import type { ObjectStore } from '../store/object-store.ts'

export interface ApiParts {
  store: ObjectStore
  registry: ResourceRegistry
  rbac: Rbac
  tokens: ServiceAccountTokens
  caPem: string
  clock?: () => number
}

export class Api {
  readonly store: ObjectStore
  readonly registry: ResourceRegistry
  readonly rbac: Rbac
  readonly tokens: ServiceAccountTokens
  readonly caPem: string
  /** Milliseconds. */
  readonly clock: () => number

  constructor(parts: ApiParts) {
    this.store = parts.store
    this.registry = parts.registry
    this.rbac = parts.rbac
    this.tokens = parts.tokens
    this.caPem = parts.caPem
    this.clock = parts.clock ?? Date.now
  }

  collection(type: ResourceType): Collection {
    return this.store.collection(type.collection)
  }

  /** A stored object of a built-in kind, for admission and controllers. */
  find(collection: string, namespace: string, name: string): KubeObject | undefined {
    return this.store.collection(collection).get(namespace, name)?.object
  }

  /** RFC 3339, whole seconds. */
  now(): string {
    return `${new Date(this.clock()).toISOString().slice(0, 19)}Z`
  }

  /** Throws 403 unless the user may. */
  authorize(user: User, attributes: ResourceAttributes): void {
    const { allowed, reason } = this.rbac.authorize(user, attributes)
    if (!allowed) throw denied(user, attributes, reason)
  }
}

const suffixAlphabet = 'bcdfghjklmnpqrstvwxz2456789'

/** Five random characters that make no words, as `generateName` appends them. */
export function randomSuffix(): string {
  let out = ''
  for (const byte of randomBytes(5)) out += suffixAlphabet[byte % suffixAlphabet.length]
  return out
}
