/** What `GET pods/x/log` asks for, and the refusals of what cannot be given, in the words of the API server. */
import { badRequest, invalid } from '../api-error.ts'
import type { Pod } from '../workloads/kinds.ts'

export interface LogRequest {
  container: string
  follow: boolean
  previous: boolean
  timestamps: boolean
  tailLines: number | undefined
  /** Milliseconds since the epoch. */
  since: number | undefined
  limitBytes: number | undefined
}

function flag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name)
  return value !== null && value !== 'false' && value !== '0'
}

function count(query: URLSearchParams, name: string, least: number): number | undefined {
  const value = query.get(name)
  if (value === null || value === '') return undefined
  const number = Number(value)
  if (Number.isInteger(number) && number >= least) return number
  const wanted = least === 0 ? 'must be greater than or equal to 0' : 'must be greater than 0'
  throw invalid({ group: '', kind: 'PodLogOptions' }, '', [
    { reason: 'FieldValueInvalid', message: `Invalid value: ${value}: ${wanted}`, field: name },
  ])
}

/** @throws ApiError */
export function logRequest(pod: Pod, query: URLSearchParams, now: number): LogRequest {
  const { name } = pod.metadata
  const sinceTime = query.get('sinceTime')
  const sinceSeconds = count(query, 'sinceSeconds', 1)
  const request = {
    container: containerOf(pod, query.get('container') ?? ''),
    follow: flag(query, 'follow'),
    previous: flag(query, 'previous'),
    timestamps: flag(query, 'timestamps'),
    tailLines: count(query, 'tailLines', 0),
    since: sinceSeconds !== undefined ? now - sinceSeconds * 1000 : sinceTime ? Date.parse(sinceTime) : undefined,
    limitBytes: count(query, 'limitBytes', 1),
  }
  if (!pod.spec.nodeName) throw badRequest(`pod ${name} does not have a host assigned`)
  const status = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].find(
    candidate => candidate.name === request.container,
  )
  const reason = status === undefined ? 'ContainerCreating' : status.state.waiting?.reason
  const hasRun = status !== undefined && (status.restartCount > 0 || reason === undefined)
  if (request.previous) {
    if (status === undefined || status.restartCount === 0) {
      throw badRequest(`previous terminated container "${request.container}" in pod "${name}" not found`)
    }
  } else if (!hasRun) {
    throw badRequest(`container "${request.container}" in pod "${name}" is waiting to start: ${String(reason)}`)
  }
  return request
}

const defaultKey = 'kubectl.kubernetes.io/default-container'

function containerOf(pod: Pod, asked: string): string {
  const { containers, initContainers = [] } = pod.spec
  const names = containers.map(container => container.name)
  const all = [...names, ...initContainers.map(container => container.name)]
  if (asked !== '') {
    if (all.includes(asked)) return asked
    throw badRequest(`container ${asked} is not valid for pod ${pod.metadata.name}`)
  }
  const [only, second] = names
  if (only !== undefined && second === undefined) return only
  const chosen = pod.metadata.annotations?.[defaultKey]
  if (chosen !== undefined && names.includes(chosen)) return chosen
  const init =
    initContainers.length === 0 ? '' : ` or one of the init containers: [${initContainers.map(c => c.name).join(' ')}]`
  throw badRequest(
    `a container name must be specified for pod ${pod.metadata.name}, choose one of: [${names.join(' ')}]${init}`,
  )
}
