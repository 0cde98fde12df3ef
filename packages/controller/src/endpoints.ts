import { writeFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
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
  const server = createServer((request, response) => {
    answer(request.url?.split('?')[0] ?? '/', response, options).catch(error => {
      response.statusCode = 500
      response.end(error instanceof Error ? error.message : String(error))
    })
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

async function answer(path: string, response: ServerResponse, { metrics, ready }: EndpointsOptions): Promise<void> {
  if (path === '/metrics') {
    const text = await metrics.registry.metrics()
    response.setHeader('content-type', metrics.registry.contentType)
    response.end(text)
  } else if (path === '/healthz' || path === '/livez') response.end('ok')
  else if (path === '/readyz') {
    response.statusCode = ready() ? 200 : 503
    response.end(ready() ? 'ok' : 'caches are not in yet')
  } else {
    response.statusCode = 404
    response.end('404 page not found\n')
  }
}
