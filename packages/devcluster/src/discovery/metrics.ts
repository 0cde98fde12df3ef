/** `/metrics`: the counters that load tests and tests read, in Prometheus' text format. */

interface Labels {
  verb: string
  code: number
  group: string
  version: string
  resource: string
  subresource: string
  scope: string
}

const verbNames: Readonly<Record<string, string>> = {
  get: 'GET',
  list: 'LIST',
  watch: 'WATCH',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  apply: 'APPLY',
  delete: 'DELETE',
  deletecollection: 'DELETECOLLECTION',
}

const escapeLabel = (value: string) => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')

export class Metrics {
  readonly #requests = new Map<string, number>()

  count({ verb, code, group, version, resource, subresource, scope }: Labels): void {
    const key = `${code} ${group} ${resource} ${scope} ${subresource} ${verbNames[verb] ?? verb.toUpperCase()} ${version}`
    this.#requests.set(key, (this.#requests.get(key) ?? 0) + 1)
  }

  /** `objects` counts what is stored by `group/resource`. */
  text(objects: Iterable<{ key: string; size: number }>, watchers: number): string {
    const out = [
      '# HELP apiserver_request_total Counter of apiserver requests broken out for each verb, group, version, resource, scope, and HTTP response code.',
      '# TYPE apiserver_request_total counter',
    ]
    for (const [key, value] of this.#requests) {
      const [code, group, resource, scope, subresource, verb, version] = key.split(' ')
      const labels = { code, component: 'apiserver', dry_run: '', group, resource, scope, subresource, verb, version }
      const text = Object.entries(labels).map(([k, v]) => `${k}="${escapeLabel(v ?? '')}"`)
      out.push(`apiserver_request_total{${text.join(',')}} ${value}`)
    }
    out.push(
      '# HELP apiserver_longrunning_requests Gauge of all active long-running apiserver requests.',
      '# TYPE apiserver_longrunning_requests gauge',
      `apiserver_longrunning_requests{component="apiserver",verb="WATCH"} ${watchers}`,
      '# HELP apiserver_storage_objects Number of stored objects at the time of last check split by kind.',
      '# TYPE apiserver_storage_objects gauge',
    )
    for (const { key, size } of objects) {
      const [group, resource] = key.split('/')
      out.push(`apiserver_storage_objects{resource="${group ? `${resource}.${group}` : resource}"} ${size}`)
    }
    const memory = process.memoryUsage()
    const cpu = process.cpuUsage()
    out.push(
      '# TYPE process_resident_memory_bytes gauge',
      `process_resident_memory_bytes ${memory.rss}`,
      '# TYPE process_cpu_seconds_total counter',
      `process_cpu_seconds_total ${(cpu.user + cpu.system) / 1e6}`,
    )
    return `${out.join('\n')}\n`
  }
}
