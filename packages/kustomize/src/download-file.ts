/**
 * A file that a kustomization names by URL, over HTTP: with the credentials of the URL, bounded in size and time, and with the real tool's words for what fails.
 */
import { KustomizeError } from './kustomize-error.ts'
import { isRemote } from './repository-url.ts'

/** For the whole file, in milliseconds: as long as kustomize waits for a command of git. */
const timeoutMs = 27_000
const maxBytes = 32 * 1024 * 1024

/** Throws KustomizeError, or the signal's reason. */
export async function downloadFile(address: string, ended?: AbortSignal): Promise<Uint8Array> {
  const { url, headers } = requestOf(address)
  const fail = (why: string, cure?: string) => new KustomizeError(`Get "${url.href}": ${why}`, { cure })
  const timeout = AbortSignal.timeout(timeoutMs)
  try {
    const response = await fetch(url, { headers, signal: ended ? AbortSignal.any([ended, timeout]) : timeout })
    if (response.ok) return await contentOf(response, fail)
    await response.body?.cancel()
    // A repository that is called like a file is none.
    if (isRemote(address) && !/\.(?:ya?ml|json)$/i.test(url.pathname))
      throw new KustomizeError('URL is a git repository')
    throw new KustomizeError(`HTTP Error: status code ${response.status} (${response.statusText})`, {
      cure: `look at ${url.href}`,
    })
  } catch (error) {
    ended?.throwIfAborted()
    if (!(error instanceof Error) || error instanceof KustomizeError) throw error
    throw fail(error.cause instanceof Error ? error.cause.message : error.message)
  }
}

/** `fetch` takes no credentials in a URL. */
function requestOf(address: string): { url: URL; headers: Record<string, string> } {
  if (!URL.canParse(address)) throw new KustomizeError(`parse "${address}": invalid URI for request`)
  const url = new URL(address)
  const { username, password } = url
  if (username === '') return { url, headers: {} }
  url.username = ''
  url.password = ''
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { url, headers: { authorization: `Basic ${Buffer.from(login).toString('base64')}` } }
}

async function contentOf(
  response: Response,
  fail: (why: string, cure?: string) => KustomizeError,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of response.body ?? []) {
    bytes += part.length
    if (bytes > maxBytes) {
      throw fail(`the file has more than ${maxBytes} bytes`, 'copy it into the source, or name a smaller one')
    }
    parts.push(part)
  }
  return Buffer.concat(parts)
}
