/** Puts the guard before a handler: who asks, and whether their role allows the action at this scope. */
import type { FastifyRequest } from 'fastify'
import { authorize, type Guard } from '../access/guard.ts'
import type { Principal } from '../access/users.ts'
import { originOf } from './request-facts.ts'

const VERBS: Record<string, string> = { GET: 'read', HEAD: 'read', PUT: 'write', PATCH: 'write', DELETE: 'delete' }

export function tokenUrlOf(request: FastifyRequest): string {
  return `${originOf(request)}/oauth2/token`
}

/** `resourceType` such as `Microsoft.Kubernetes/connectedClusters`; the verb of the action follows from the method. */
export async function admitted(guard: Guard, request: FastifyRequest, resourceType: string): Promise<Principal> {
  const principal = await guard.authenticate(request.headers.authorization, tokenUrlOf(request))
  const scope = request.url.split('?')[0] ?? '/'
  authorize(principal, `${resourceType}/${VERBS[request.method] ?? 'action'}`, scope)
  return principal
}
