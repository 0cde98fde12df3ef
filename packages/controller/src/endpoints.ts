import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Metrics } from './metrics.ts'

/**
 * `/healthz`, `/readyz` and `/metrics` of a process. On port 0 the port the system gave is written to the file that
 * `SLUICE_HEALTH_PORT_FILE` names, so that a supervisor on the same machine can probe it.
 */
export interface EndpointsOptions {
  host?: string
  port: number
  metrics: Metrics
  ready: () => boolean
}

export async function serveEndpoints(options: EndpointsOptions): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    const path = request.url?.split('?')[0]
    if (path === '/metrics') {
      response.setHeader('content-type', options.metrics.registry.contentType)
      response.end(await options.metrics.registry.metrics())
    } else if (path === '/healthz' || path === '/livez') response.end('ok')
    else if (path === '/readyz') {
      response.statusCode = options.ready() ? 200 : 503
      response.end(options.ready() ? 'ok' : 'caches are not in yet')
    } else {
      response.statusCode = 404
      response.end('404 page not found\n')
    }
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  server.unref()
  const { port } = server.address() as AddressInfo
  const file = process.env.SLUICE_HEALTH_PORT_FILE
  if (file) writeFileSync(file, String(port))
  return {
    port,
    close: () =>
      new Promise(resolve => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
