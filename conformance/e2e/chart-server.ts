import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { helm as helmPath } from '../../scripts/test-tools.mjs'

/** A chart repository over HTTP as people run one: what `helm package` and `helm repo index` made, on a free port. */
const run = promisify(execFile)

/** Files of a chart by path. */
export type ChartFiles = Record<string, string>

export class ChartServer {
  readonly url: string
  readonly #folder: string
  readonly #helm: string
  readonly #server: Server

  private constructor(folder: string, helm: string, server: Server, port: number) {
    this.#folder = folder
    this.#helm = helm
    this.#server = server
    this.url = `http://127.0.0.1:${port}`
  }

  static async start(): Promise<ChartServer> {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-charts-'))
    const server = createServer(async (request, response) => {
      try {
        response.end(await readFile(join(folder, basename(new URL(request.url ?? '', 'http://x').pathname))))
      } catch {
        response.writeHead(404).end()
      }
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    return new ChartServer(folder, await helmPath(), server, typeof address === 'object' && address ? address.port : 0)
  }

  /** Adds a version of a chart. */
  async publish(name: string, files: ChartFiles): Promise<void> {
    const work = await mkdtemp(join(tmpdir(), 'sluice-chart-'))
    try {
      for (const [path, content] of Object.entries(files)) {
        const file = join(work, name, path)
        await mkdir(dirname(file), { recursive: true })
        await writeFile(file, content)
      }
      await run(this.#helm, ['package', join(work, name), '--destination', this.#folder])
      await run(this.#helm, ['repo', 'index', this.#folder])
    } finally {
      await rm(work, { recursive: true, force: true })
    }
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
    await rm(this.#folder, { recursive: true, force: true })
  }
}

/** A small application: a Deployment with its Service and settings, and a test hook. */
export function webChart(name: string, version: string): ChartFiles {
  const metadata = '  name: {{ .Release.Name }}\n  labels: { app: {{ .Release.Name }}, color: {{ .Values.color }} }\n'
  return {
    'Chart.yaml': `apiVersion: v2\nname: ${name}\nversion: ${version}\nappVersion: "${version}"\n`,
    'values.yaml': 'color: blue\nreplicaCount: 1\nhost: example.com\n',
    'templates/deployment.yaml': [
      `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n${metadata}spec:`,
      '  replicas: {{ .Values.replicaCount }}',
      '  selector: { matchLabels: { app: {{ .Release.Name }} } }',
      '  template:\n    metadata: { labels: { app: {{ .Release.Name }} } }',
      `    spec: { containers: [{ name: web, image: "registry.example.com/${name}:{{ .Chart.AppVersion }}" }] }\n`,
    ].join('\n'),
    'templates/service.yaml': [
      `apiVersion: v1\nkind: Service\nmetadata:\n${metadata}spec:`,
      '  selector: { app: {{ .Release.Name }} }\n  ports: [{ port: 80 }]\n',
    ].join('\n'),
    'templates/settings.yaml': [
      `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-settings`,
      'data:\n  color: {{ .Values.color | quote }}\n  host: {{ .Values.host | quote }}\n',
    ].join('\n'),
  }
}
