/** For tests: a network between the agent and the service that can be cut, closed and opened again, at one address all the time. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface TestLink {
  /** Where the agent finds the service. */
  url: string
  /** Connections go to this port from now on. */
  to(port: number): void
  /** Cuts what is under way; new connections come through. */
  cut(): void
  /** Cuts what is under way and lets nothing through until {@link open}. */
  block(): void
  open(): void
  /** Connections made so far. */
  readonly connections: number
  close(): Promise<void>
}

export async function startTestLink(): Promise<TestLink> {
  const sockets = new Set<Socket>()
  let target = 0
  let blocked = false
  let connections = 0
  const server = createServer(from => {
    if (blocked || target === 0) return void from.destroy()
    connections++
    const onward = connect(target, '127.0.0.1')
    for (const [one, other] of [
      [from, onward],
      [onward, from],
    ] as const) {
      sockets.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    to: port => {
      target = port
    },
    cut,
    block: () => {
      blocked = true
      cut()
    },
    open: () => {
      blocked = false
    },
    get connections() {
      return connections
    },
    close: () => {
      cut()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}
