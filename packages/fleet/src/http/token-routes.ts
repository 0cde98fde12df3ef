/**
 * The built-in issuer's endpoint, `POST /oauth2/token` (OAuth 2.0: grants `password` and `client_credentials`, as
 * form or JSON), and the health check. Errors have OAuth's shape. Wrong secrets are slowed down, so that guessing is
 * hopeless.
 */
import type { FastifyInstance } from 'fastify'
import { TOKEN_SECONDS } from '../access/issuer.ts'
import { isJson } from '../arm/field.ts'
import type { Service } from './service.ts'

const FREE_ATTEMPTS = 5
const LOCK_MS = 30_000
const MAX_REMEMBERED = 10_000

/** Counts wrong secrets; after a few, the same one is refused for a while. */
function createAttempts(now: () => Date) {
  const failures = new Map<string, { count: number; until: number }>()
  return {
    isLocked(name: string): boolean {
      const known = failures.get(name)
      return known !== undefined && known.count >= FREE_ATTEMPTS && now().getTime() < known.until
    },
    failed(name: string): void {
      if (failures.size >= MAX_REMEMBERED) failures.clear()
      const count = (failures.get(name)?.count ?? 0) + 1
      failures.set(name, { count, until: now().getTime() + LOCK_MS })
    },
    succeeded(name: string): void {
      failures.delete(name)
    },
  }
}

function text(body: Record<string, unknown>, ...names: string[]): string | undefined {
  for (const name of names) {
    const value = body[name]
    if (typeof value === 'string' && value !== '') return value
  }
  return undefined
}

export function tokenRoutes(app: FastifyInstance, service: Service): void {
  const { users, issuer, store, now } = service
  const attempts = createAttempts(now)

  app.post('/oauth2/token', async (request, reply) => {
    reply.header('cache-control', 'no-store')
    const refuse = (status: number, error: string, error_description: string) =>
      reply.code(status).send({ error, error_description })
    const body = isJson(request.body) ? request.body : {}
    const grant = text(body, 'grant_type')
    if (grant !== 'password' && grant !== 'client_credentials') {
      return refuse(400, 'unsupported_grant_type', 'grant_type must be password or client_credentials')
    }
    const name = text(body, 'username', 'client_id')
    const secret = text(body, 'password', 'client_secret')
    if (name === undefined || secret === undefined) {
      return refuse(400, 'invalid_request', 'give username and password, or client_id and client_secret')
    }
    // By name and address: a stranger cannot lock a user out.
    const who = `${request.ip} ${name}`
    if (attempts.isLocked(who)) {
      reply.header('retry-after', String(LOCK_MS / 1000))
      return refuse(429, 'slow_down', 'too many wrong secrets: try again later')
    }
    const user = await users.verify(name, secret)
    if (user === undefined) {
      attempts.failed(who)
      return refuse(401, 'invalid_grant', 'the name or the secret is wrong')
    }
    attempts.succeeded(who)
    return { token_type: 'Bearer', access_token: await issuer.issue(user), expires_in: TOKEN_SECONDS, role: user.role }
  })

  app.get('/healthz', async () => {
    await store.db.selectFrom('settings').select('name').limit(1).execute()
    return { status: 'ok' }
  })
}
