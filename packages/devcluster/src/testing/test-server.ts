/** A dev cluster for one test file, in a directory of its own, with a plain HTTPS client beside it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, type RequestOptions, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KubeObject } from '@sluice/api'
import { type DevCluster, type DevClusterOptions, startDevCluster } from '../start-dev-cluster.ts'

export interface Reply {
  status: number
  headers: NodeJS.Dict<string | string[]>
  text: string
  /** The body as JSON, for assertions. */
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape are looked into by tests
  json: any
}

export interface CallOptions {
  body?: unknown
  type?: string
  headers?: Record<string, string>
  /** A bearer token instead of the administrator's certificate; empty for nobody. */
  token?: string
}

export const patchTypes = {
  apply: 'application/apply-patch+yaml',
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
}

export interface TestServer {
  cluster: DevCluster
  dataDir: string
  kubeconfig: string
  call(method: string, path: string, options?: CallOptions): Promise<Reply>
  /** Collects the events of a watch until `done` says so, or the server ends it. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  watch(path: string, done: (events: any[]) => boolean): Promise<any[]>
  /** Polls until the reply is as wanted. */
  until(path: string, wanted: (reply: Reply) => boolean): Promise<Reply>
  close(): Promise<void>
}

export const newDataDir = (): string => mkdtempSync(join(tmpdir(), 'sluice-devcluster-'))

export async function startTestServer(options: Partial<DevClusterOptions> = {}): Promise<TestServer> {
  const dataDir = options.dataDir ?? newDataDir()
  const cluster = await startDevCluster({ workloads: false, node: false, ...options, dataDir })
  const kubeconfig = join(dataDir, 'kubeconfig')
  writeFileSync(kubeconfig, cluster.kubeconfig, { mode: 0o600 })
  const read = (name: string) => readFileSync(join(dataDir, 'certificates', name))
  const agents = {
    admin: new Agent({ keepAlive: true, ca: cluster.caPem, cert: read('admin.crt'), key: read('admin.key') }),
    other: new Agent({ keepAlive: true, ca: cluster.caPem }),
  }
  const { hostname, port } = new URL(cluster.url)

  const open = (method: string, path: string, { body, type, headers = {}, token }: CallOptions) => {
    const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
    const how: RequestOptions = {
      method,
      hostname,
      port,
      path,
      agent: token === undefined ? agents.admin : agents.other,
      headers: {
        ...(text === undefined ? {} : { 'content-type': type ?? 'application/json' }),
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...headers,
      },
    }
    const req = request(how)
    req.end(text)
    return req
  }

  const call: TestServer['call'] = (method, path, call = {}) =>
    new Promise((resolve, reject) => {
      const req = open(method, path, call)
      req.on('error', reject)
      req.on('response', res => {
        let text = ''
        res.setEncoding('utf8')
        res.on('data', (chunk: string) => {
          text += chunk
        })
        res.on('end', () => {
          const isJson = String(res.headers['content-type']).includes('json')
          const json = isJson && text ? JSON.parse(text) : undefined
          resolve({ status: res.statusCode ?? 0, headers: res.headers, text, json })
        })
      })
    })

  return {
    cluster,
    dataDir,
    kubeconfig,
    call,
    watch: (path, done) =>
      new Promise((resolve, reject) => {
        const req = open('GET', path, {})
        // biome-ignore lint/suspicious/noExplicitAny: as above
        const events: any[] = []
        let rest = ''
        req.on('error', error => (done(events) ? resolve(events) : reject(error)))
        req.on('response', res => {
          res.setEncoding('utf8')
          res.on('data', (chunk: string) => {
            const lines = (rest + chunk).split('\n')
            rest = lines.pop() ?? ''
            for (const line of lines) events.push(JSON.parse(line))
            if (!done(events)) return
            resolve(events)
            req.destroy()
          })
          res.on('end', () => resolve(events))
        })
      }),
    until: async (path, wanted) => {
      for (;;) {
        const reply = await call('GET', path)
        if (wanted(reply)) return reply
        await new Promise(resolve => setTimeout(resolve, 10))
      }
    },
    close: async () => {
      for (const agent of Object.values(agents)) agent.destroy()
      await cluster.close()
      if (!options.dataDir) rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

export const configMap = (name: string, data: Record<string, string> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
})
