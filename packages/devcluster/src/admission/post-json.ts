/** One POST of JSON over HTTPS with a deadline, failing in the words of Go's HTTP client. */
import { request } from 'node:https'

interface PostOptions {
  seconds: number
  /** PEM of the authority to trust instead of the system's. */
  ca?: string
}

function goError(url: string, error: unknown): Error {
  const { hostname, port } = new URL(url)
  const code = error instanceof Error && 'code' in error ? error.code : ''
  const why =
    code === 'ECONNREFUSED'
      ? `dial tcp ${hostname}:${port || 443}: connect: connection refused`
      : code === 'ENOTFOUND' || code === 'EAI_AGAIN'
        ? `dial tcp: lookup ${hostname}: no such host`
        : code === 'ETIMEDOUT' || (error instanceof Error && error.name === 'TimeoutError')
          ? 'context deadline exceeded'
          : error instanceof Error
            ? error.message
            : String(error)
  return new Error(`Post ${JSON.stringify(url)}: ${why}`, { cause: error })
}

/** Rejects when there is no answer in time, or none with status 200 and JSON in it. */
export function postJson(url: string, body: object, { seconds, ca }: PostOptions): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const text = JSON.stringify(body)
    const req = request(
      url,
      {
        method: 'POST',
        agent: false,
        ...(ca ? { ca } : {}),
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) },
        signal: AbortSignal.timeout(seconds * 1000),
      },
      res => {
        const chunks: Buffer[] = []
        res.on('data', (chunk: Buffer) => chunks.push(chunk))
        res.on('error', error => reject(goError(url, error)))
        res.on('end', () => {
          const answer = Buffer.concat(chunks).toString()
          if (res.statusCode !== 200) {
            reject(
              new Error(
                `an error on the server (${JSON.stringify(answer.slice(0, 200))}) has prevented the request from succeeding`,
              ),
            )
            return
          }
          try {
            resolve(JSON.parse(answer))
          } catch {
            reject(new Error('the answer is no JSON'))
          }
        })
      },
    )
    req.on('error', error => reject(goError(url, error)))
    req.end(text)
  })
}
