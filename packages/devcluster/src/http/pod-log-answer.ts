/** `GET pods/x/log`: text as it comes, followed until one side ends it. */
import type { KubeObject } from '@sluice/api'
import { logRequest } from '../node/log-request.ts'
import { podLog } from '../node/pod-log.ts'
import type { Pod } from '../workloads/kinds.ts'
import { type Exchange, head } from './respond.ts'

/** Milliseconds between looks whether a followed pod is still there. */
const lookInterval = 2_000

/** @param isThere whether the pod still exists; a log that is followed ends with it */
export async function answerPodLog(
  exchange: Exchange,
  pod: KubeObject,
  query: URLSearchParams,
  folder: string,
  isThere: () => boolean,
): Promise<void> {
  const request = logRequest(pod as Pod, query, Date.now())
  const end = new AbortController()
  exchange.res.on('close', () => end.abort())
  head(exchange, 200, 'text/plain')
  exchange.res.flushHeaders?.()
  const look = setInterval(() => {
    if (!isThere()) end.abort()
  }, lookInterval)
  try {
    for await (const chunk of podLog(folder, pod as Pod, request, end.signal)) exchange.res.write(chunk)
  } finally {
    clearInterval(look)
  }
  exchange.res.end()
}
