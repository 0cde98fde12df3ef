/** The TLS server: HTTP/2 for clients that offer it (Go's do), HTTP/1.1 with keep-alive for all others. */
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import type { Certificates } from '../certificates/authority.ts'
import { handle, type Server } from './handler.ts'

export interface Listener {
  port: number
  close(): Promise<void>
}

export async function listen(
  server: () => Server,
  certificates: Certificates,
  host: string,
  port: number,
): Promise<Listener> {
  const secure = createSecureServer({
    allowHTTP1: true,
    // As long as kube-apiserver keeps idle connections: clients reuse them without asking.
    http1Options: { keepAliveTimeout: 90_000 },
    key: certificates.server.keyPem,
    cert: certificates.server.certificatePem,
    ca: certificates.caPem,
    requestCert: true,
    rejectUnauthorized: false,
    settings: { maxConcurrentStreams: 1000, initialWindowSize: 1 << 20 },
    maxSessionMemory: 256,
  })
  const sockets = new Set<Socket>()
  const sessions = new Set<ServerHttp2Session>()
  secure.on('connection', socket => {
    socket.setNoDelay(true)
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
  })
  secure.on('secureConnection', socket => {
    // A listener of our own makes node hand the data through the stream. Without one its parser reads below the stream, and a
    // request of several TLS records that comes before the last answer is written to the end breaks the connection (HPE_PAUSED).
    if (socket.alpnProtocol !== 'h2') socket.on('data', () => {})
  })
  secure.on('session', session => {
    session.setLocalWindowSize(1 << 22)
    sessions.add(session)
    session.on('close', () => sessions.delete(session))
    session.on('error', () => {})
  })
  secure.on('request', (req, res) => {
    // A client that goes away in the middle is not our failure.
    req.on('error', () => {})
    res.on('error', () => {})
    void handle(server(), req, res)
  })
  await listening(secure, host, port)
  return {
    port: portOf(secure.address()),
    close: () =>
      new Promise(resolve => {
        secure.close(() => resolve())
        for (const session of sessions) session.close()
        for (const socket of sockets) socket.destroy()
      }),
  }
}

function listening(secure: Http2SecureServer, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    secure.once('error', reject)
    secure.listen(port, host, () => {
      secure.off('error', reject)
      resolve()
    })
  })
}

const portOf = (address: AddressInfo | string | null): number =>
  typeof address === 'object' && address !== null ? address.port : 0
