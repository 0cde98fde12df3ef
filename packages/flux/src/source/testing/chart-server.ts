/** A chart repository for tests: charts packed as helm packs them, an index, a log of what was asked; with a login when told. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { chartParts, packageChart } from '@sluice/helm'

export type ChartFiles = Record<string, string>

export class ChartServer {
  /** Paths below the server's root. */
  readonly files = new Map<string, Uint8Array>()
  readonly asked: string[] = []
  /** `user:password` that every request needs. */
  login: string | undefined
  readonly #entries: Record<string, Record<string, unknown>[]> = {}
  readonly #server: Server
  #port = 0

  private constructor() {
    this.#server = createServer((request, response) => {
      const path = (request.url ?? '').slice(1)
      this.asked.push(path)
      const given = request.headers.authorization
      if (this.login !== undefined && given !== `Basic ${Buffer.from(this.login).toString('base64')}`) {
        return response.writeHead(401).end()
      }
      const file = this.files.get(path)
      return file ? response.end(file) : response.writeHead(404).end()
    })
  }

  static async start(): Promise<ChartServer> {
    const server = new ChartServer()
    server.#server.listen(0, '127.0.0.1')
    await once(server.#server, 'listening')
    const address = server.#server.address()
    server.#port = typeof address === 'object' && address ? address.port : 0
    return server
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Adds a chart and writes the index anew. */
  async publish(
    name: string,
    version: string,
    files: ChartFiles = {},
    more: Record<string, unknown> = {},
  ): Promise<void> {
    const all = {
      'Chart.yaml': `apiVersion: v2\nname: ${name}\nversion: ${version}\n`,
      'values.yaml': 'a: 1\n',
      ...files,
    }
    const content = Object.entries(all).map(([path, text]) => ({ path, content: Buffer.from(text) }))
    const archive = await packageChart(await chartParts(content))
    const file = `${name}-${version}.tgz`
    this.files.set(file, archive)
    const digest = createHash('sha256').update(archive).digest('hex')
    const entry = { name, version, urls: [file], digest, created: '2026-01-01T00:00:00Z', ...more }
    this.#entries[name] = [...(this.#entries[name] ?? []), entry]
    this.files.set('index.yaml', Buffer.from(JSON.stringify({ apiVersion: 'v1', entries: this.#entries })))
  }

  takeAsked(): string[] {
    return this.asked.splice(0)
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
