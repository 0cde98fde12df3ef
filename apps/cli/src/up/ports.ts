/** Ports of the parts: free ones on the first start, the same on the next ones as long as nobody else took them. */
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'

/** A port that can be listened on: `preferred` if it can, else one that the system chooses. */
async function freePort(preferred: number, taken: ReadonlySet<number>): Promise<number> {
  const bound = await listenable(taken.has(preferred) ? 0 : preferred)
  if (bound !== undefined && !taken.has(bound)) return bound
  return freePort(0, taken)
}

/** The port when it can be listened on (0: any), or nothing. */
function listenable(port: number): Promise<number | undefined> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined))
    })
  })
}

function savedPorts(path: string): Record<string, number> {
  try {
    const ports: Record<string, number> = JSON.parse(readFileSync(path, 'utf8'))
    return ports
  } catch {
    return {}
  }
}

/** A port for each part, kept in the file at `path`. */
export async function assignPorts(path: string, parts: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const saved = savedPorts(path)
  const ports = new Map<string, number>()
  for (const part of parts) ports.set(part, await freePort(saved[part] ?? 0, new Set(ports.values())))
  writeFileSync(path, `${JSON.stringify({ ...saved, ...Object.fromEntries(ports) }, null, 2)}\n`)
  return ports
}
