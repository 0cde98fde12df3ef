/**
 * The log of a container, read from the file that its process writes. Simulated containers have none, which reads as an empty one. Our own programs
 * write a time into each line, from which `since` and `timestamps` are served.
 */
import { watch } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Pod } from '../workloads/kinds.ts'
import type { LogRequest } from './log-request.ts'

export const logFile = (folder: string, { metadata }: Pod, container: string): string =>
  join(folder, `${metadata.namespace ?? ''}_${metadata.name}_${container}.log`)

/** The log of the run before the present one. */
export const previousLogFile = (file: string): string => file.replace(/\.log$/, '.previous.log')

/** Of a very long log only so much is looked at. */
const most = 16 * 1024 * 1024

/** Chunks of text; with `follow` until the container ends or the signal comes. */
export async function* podLog(
  folder: string,
  pod: Pod,
  request: LogRequest,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  const present = logFile(folder, pod, request.container)
  const file = request.previous ? previousLogFile(present) : present
  let handle: FileHandle
  try {
    handle = await open(file)
  } catch {
    return
  }
  try {
    const { size } = await handle.stat()
    const start = Math.max(0, size - most)
    const text = await readFrom(handle, start, size)
    // A line that was cut is not shown.
    const shown = chosen(start === 0 ? text : text.slice(text.indexOf('\n') + 1), request)
    let left = request.limitBytes ?? Number.POSITIVE_INFINITY
    const first = Buffer.from(shown).subarray(0, Math.min(left, Number.MAX_SAFE_INTEGER))
    left -= first.length
    if (first.length > 0) yield first
    if (!request.follow || request.previous) return
    for await (const end of growth(file, handle, size, signal)) {
      const more = Buffer.from(chosen(await readFrom(handle, end.from, end.to), { ...request, tailLines: undefined }))
      const part = more.subarray(0, Math.min(left, more.length))
      left -= part.length
      if (part.length > 0) yield part
      if (left <= 0) return
    }
  } finally {
    await handle.close()
  }
}

async function readFrom(handle: FileHandle, start: number, end: number): Promise<string> {
  const buffer = Buffer.alloc(end - start)
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, start)
  return buffer.subarray(0, bytesRead).toString()
}

/** Ranges of whole lines as they are added. Ends when the file is moved away: the container has been started again. */
async function* growth(
  path: string,
  handle: FileHandle,
  from: number,
  signal: AbortSignal,
): AsyncGenerator<{ from: number; to: number }, void, undefined> {
  let wake: () => void = () => {}
  let moved = false
  const watcher = watch(path, event => {
    if (event === 'rename') moved = true
    wake()
  })
  const stop = () => wake()
  signal.addEventListener('abort', stop)
  try {
    let at = from
    while (!signal.aborted) {
      const changed = new Promise<void>(resolve => {
        wake = resolve
      })
      const { size } = await handle.stat()
      if (size > at) {
        yield { from: at, to: size }
        at = size
      } else if (moved) return
      else if (!signal.aborted) await changed
    }
  } finally {
    signal.removeEventListener('abort', stop)
    watcher.close()
  }
}

function chosen(text: string, { tailLines, since, timestamps }: LogRequest): string {
  if (tailLines === undefined && since === undefined && !timestamps) return text
  let lines = text.split(/(?<=\n)/)
  if (since !== undefined || timestamps) {
    let last = 0
    const timed = lines.map(line => {
      last = timeOf(line) ?? last
      return { line, time: last }
    })
    lines = timed
      .filter(({ time }) => since === undefined || time >= since)
      .map(({ line, time }) => (timestamps ? `${new Date(time).toISOString()} ${line}` : line))
  }
  if (tailLines !== undefined) lines = tailLines === 0 ? [] : lines.slice(-tailLines)
  return lines.join('')
}

/** The time in a line of JSON (a number of milliseconds or text), or at the start of a line. */
function timeOf(line: string): number | undefined {
  const match = /"(?:time|ts)":\s*(?:(\d{12,})|"([^"]+)")/.exec(line) ?? /^()(\d{4}-\d\d-\d\dT\S+)/.exec(line)
  if (match === null) return undefined
  const time = match[1] ? Number(match[1]) : Date.parse(match[2] ?? '')
  return Number.isNaN(time) ? undefined : time
}
