/** The HTTP server: parsing, request ids, ARM's error shape for everything that goes wrong, and the routes. */
import { randomUUID } from 'node:crypto'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { ArmError, badRequest, type ErrorDetail } from '../arm/arm-error.ts'
import { extensionKind } from '../resources/extension.ts'
import { fluxConfigurationKind } from '../resources/flux-configuration.ts'
import { agentRoutes } from './agent-routes.ts'
import { clusterRoutes, groupRoutes } from './cluster-routes.ts'
import { providerRoutes } from './provider-routes.ts'
import { clusterOperationRoutes, resourceRoutes } from './resource-routes.ts'
import type { Service } from './service.ts'
import { tokenRoutes } from './token-routes.ts'
import { userRoutes } from './user-routes.ts'

const MAX_BODY_BYTES = 4 * 1024 * 1024

/** `__proto__` in a body is never meant well, and objects are merged here. */
function parsedJson(text: string): unknown {
  if (text.trim() === '') return undefined
  try {
    return JSON.parse(text, (key, value: unknown) => {
      if (key === '__proto__') throw new SyntaxError('the name __proto__ is not allowed')
      return value
    })
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'not JSON'
    throw badRequest(
      'InvalidRequestContent',
      `The request content was invalid and could not be deserialized: ${reason}`,
    )
  }
}

function detailOf(error: unknown): { status: number; detail: ErrorDetail; headers: Record<string, string> } {
  if (error instanceof ArmError) return error
  const status =
    error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500
  if (status >= 400 && status < 500 && error instanceof Error) {
    const code = status === 413 ? 'RequestEntityTooLarge' : status === 415 ? 'UnsupportedMediaType' : 'BadRequest'
    return { status, detail: { code, message: error.message }, headers: {} }
  }
  const message =
    'The service failed to answer this request. Its log has the details under the x-ms-request-id of this answer.'
  return { status: 500, detail: { code: 'InternalServerError', message }, headers: {} }
}

export function createApp(
  service: Service,
  options: { tls: { key: string; cert: string }; log: FastifyBaseLogger },
): FastifyInstance {
  const app: FastifyInstance = Fastify({
    https: { key: options.tls.key, cert: options.tls.cert, minVersion: 'TLSv1.2' },
    loggerInstance: options.log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: MAX_BODY_BYTES,
    genReqId: () => randomUUID(),
    routerOptions: { caseSensitive: false, ignoreTrailingSlash: true, maxParamLength: 512 },
  })

  app.removeAllContentTypeParsers()
  app.addContentTypeParser<string>(/^application\/([\w.+-]+\+)?json/, { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, parsedJson(body))
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)))
    }
  })
  app.addContentTypeParser<string>(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => {
      done(null, Object.fromEntries(new URLSearchParams(body)))
    },
  )

  app.addHook('onSend', async (request, reply) => {
    reply.header('x-ms-request-id', request.id)
    const clientId = request.headers['x-ms-client-request-id']
    if (request.headers['x-ms-return-client-request-id'] === 'true' && typeof clientId === 'string') {
      reply.header('x-ms-client-request-id', clientId)
    }
    reply.header('strict-transport-security', 'max-age=31536000; includeSubDomains')
    reply.header('x-content-type-options', 'nosniff')
  })

  app.setErrorHandler((error, request, reply) => {
    const { status, detail, headers } = detailOf(error)
    if (status >= 500)
      request.log.error({ err: error, requestId: request.id, path: request.url.split('?')[0] }, 'request failed')
    return reply.code(status).headers(headers).send({ error: detail })
  })

  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0]
    const message = `The resource type or path '${path}' with method ${request.method} is not known to this service.`
    return reply.code(404).send({ error: { code: 'InvalidResourceType', message } })
  })

  tokenRoutes(app, service)
  groupRoutes(app, service)
  clusterRoutes(app, service)
  resourceRoutes(app, service, fluxConfigurationKind)
  resourceRoutes(app, service, extensionKind)
  clusterOperationRoutes(app, service)
  providerRoutes(app, service)
  userRoutes(app, service)
  agentRoutes(app, service)
  return app
}
