/**
 * Decides about a request to the resource API: who makes it (401 otherwise) and whether their role allows it (403
 * otherwise).
 */
import { ArmError } from '../arm/arm-error.ts'
import type { Issuer } from './issuer.ts'
import { allows } from './roles.ts'
import type { Principal, Users } from './users.ts'

export interface Guard {
  /** `tokenUrl` tells the client where to get a token. */
  authenticate(authorization: string | undefined, tokenUrl: string): Promise<Principal>
}

export function unauthorized(code: string, message: string, tokenUrl: string): ArmError {
  const error = code === 'AuthenticationFailed' ? '' : `, error="invalid_token", error_description="${message}"`
  return new ArmError(401, { code, message }, { 'www-authenticate': `Bearer authorization_uri="${tokenUrl}"${error}` })
}

export function bearerToken(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
}

export function openGuard(issuer: Issuer, users: Users): Guard {
  return {
    async authenticate(authorization, tokenUrl) {
      const token = bearerToken(authorization)
      if (token === undefined) {
        const message = "Authentication failed. The 'Authorization' header is missing or has no bearer token."
        throw unauthorized('AuthenticationFailed', message, tokenUrl)
      }
      const verified = await issuer.verify(token)
      if (verified === 'expired') {
        throw unauthorized('ExpiredAuthenticationToken', 'The access token expired: log in again.', tokenUrl)
      }
      const principal = verified === 'invalid' ? undefined : await users.find(verified)
      if (principal === undefined) {
        throw unauthorized('InvalidAuthenticationToken', 'The access token is invalid.', tokenUrl)
      }
      return principal
    },
  }
}

/** Throws ARM's 403 unless the principal's role allows `action` at `scope`. */
export function authorize(principal: Principal, action: string, scope: string): void {
  if (allows(principal.role, action)) return
  const message =
    `The client '${principal.name}' with object id '${principal.objectId}' does not have authorization to perform action ` +
    `'${action}' over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`
  throw new ArmError(403, { code: 'AuthorizationFailed', message })
}
