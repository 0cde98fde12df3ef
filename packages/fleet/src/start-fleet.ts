/** Starts the fleet service: store, access, streams and the HTTP server, and stops them in order. */
import type { AddressInfo } from 'node:net'
import type { FastifyBaseLogger } from 'fastify'
import type { Dialect } from 'kysely'
import { openGuard } from './access/guard.ts'
import { openIssuer } from './access/issuer.ts'
import type { Role } from './access/roles.ts'
import { openUsers, UserError } from './access/users.ts'
import { openAgentAccess } from './agents/agent-access.ts'
import { openDesiredStreams } from './agents/desired-stream.ts'
import { openStatusIntake } from './agents/status-intake.ts'
import { createApp } from './http/app.ts'
import { openClusters } from './resources/clusters.ts'
import { extensionKind } from './resources/extension.ts'
import { fluxConfigurationKind } from './resources/flux-configuration.ts'
import { openResourceGroups } from './resources/resource-groups.ts'
import { openResourceWrites } from './resources/resource-writes.ts'
import { openTimeLimits } from './resources/time-limits.ts'
import { createChanges } from './store/changes.ts'
import { rotateKeys } from './store/rotate-keys.ts'
import { openStore } from './store/store.ts'

export interface FleetOptions {
  /** Holds the database and the key file; made when absent. */
  dataDir: string
  host: string
  /** 0 takes a free one. */
  port: number
  /** PEM. */
  tls: { key: string; cert: string }
  log: FastifyBaseLogger
  /** The clock; tests give their own. */
  now?: () => Date
  /** Seal the store with a new key before serving. */
  rotateKeys?: boolean
  /** Another database than the SQLite file of the data directory. */
  dialect?: Dialect
}

export interface Fleet {
  /** `https://host:port`. */
  url: string
  /** Makes or changes a user of the built-in issuer; without `secret` one is made and returned, once. */
  createUser(name: string, role: Role, secret?: string): Promise<{ name: string; role: Role; secret: string }>
  /** A bearer token for an existing user. */
  issueToken(user: string): Promise<string>
  hasUsers(): Promise<boolean>
  /** Applies the time limits of stored state; runs by itself every minute. */
  sweep(): Promise<void>
  /** Ends streams, lets running requests finish, closes the store. */
  close(): Promise<void>
}

const SWEEP_MS = 60_000
const KINDS = [fluxConfigurationKind, extensionKind]

export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const now = options.now ?? (() => new Date())
  const { log } = options
  const store = await openStore(options.dataDir, options.dialect)
  const changes = createChanges()
  const streams = openDesiredStreams(store, changes, error =>
    log.error({ err: error }, 'a stream of desired state failed'),
  )
  try {
    if (options.rotateKeys) log.info({ values: await rotateKeys(store) }, 'sealed the store with a new key')
    const users = openUsers(store.db, now)
    const issuer = await openIssuer(store, now)
    const app = createApp(
      {
        store,
        users,
        issuer,
        guard: openGuard(issuer, users),
        groups: openResourceGroups(store, now),
        clusters: openClusters(store, now),
        writes: openResourceWrites(store, changes, now),
        agents: openAgentAccess(store.db, now),
        intake: openStatusIntake(store, changes, KINDS, now),
        streams,
        now,
      },
      { tls: options.tls, log },
    )
    const limits = openTimeLimits(store, KINDS, now)
    await limits.sweep()
    await app.listen({ host: options.host, port: options.port })
    const address: AddressInfo | string | null = app.server.address()
    const port = typeof address === 'object' && address !== null ? address.port : options.port
    const host = options.host.includes(':') ? `[${options.host}]` : options.host

    const sweeps = setInterval(() => {
      limits.sweep().catch((error: unknown) => log.error({ err: error }, 'time limits could not be applied'))
    }, SWEEP_MS)
    sweeps.unref()

    let closing: Promise<void> | undefined
    async function close(): Promise<void> {
      clearInterval(sweeps)
      const closed = app.close()
      await streams.close()
      await closed
      await store.close()
    }
    return {
      url: `https://${host}:${port}`,
      createUser: (name, role, secret) => users.create(name, role, secret),
      async issueToken(name) {
        const user = await users.find({ name })
        if (user === undefined) throw new UserError(`There is no user '${name}': create it first`)
        return issuer.issue(user)
      },
      async hasUsers() {
        return (await store.db.selectFrom('users').select('name').limit(1).execute()).length > 0
      },
      sweep: () => limits.sweep(),
      close() {
        closing ??= close()
        return closing
      },
    }
  } catch (error) {
    await streams.close()
    await store.close()
    throw error
  }
}
