/** Looks at all configurations of the system once: what the service says, and the objects that the clusters hold. */
import { FLUX_VERSION } from '../fleet/versions.ts'
import { configurationsPath } from './resource-paths.ts'
import type { System } from './system.ts'
import { type ConfigurationReport, configurationReport, isSettled, withKustomizations } from './system-report.ts'

export class Observer {
  readonly #system: System
  readonly #began: number
  readonly #seconds = new Map<string, number>()
  #last = new Map<string, ConfigurationReport>()

  constructor(system: System, began: number) {
    this.#system = system
    this.#began = began
  }

  /** Those asked for, in their order, then those that somebody made besides. */
  async look(): Promise<ConfigurationReport[]> {
    const { fleet, clusters, configurations } = this.#system
    const head = await this.#system.head()
    const found = await Promise.all(
      clusters.map(async cluster => {
        const resources = await fleet.client().list(configurationsPath(cluster.name), FLUX_VERSION)
        const reports = resources.map(resource => configurationReport(cluster.name, resource))
        return Promise.all(reports.map(report => this.#detailed(report, cluster.client)))
      }),
    )
    const reports = new Map(found.flat().map(report => [keyOf(report), this.#timed(report, head)]))
    this.#last = reports
    const asked = configurations.map(keyOf)
    const others = [...reports.keys()].filter(key => !asked.includes(key)).sort()
    return [...asked, ...others].flatMap(key => reports.get(key) ?? [])
  }

  /** The cluster is asked only when something about the configuration moved. */
  async #detailed(
    report: ConfigurationReport,
    client: Parameters<typeof withKustomizations>[1],
  ): Promise<ConfigurationReport> {
    const last = this.#last.get(keyOf(report))
    const same = last && last.complianceState === report.complianceState && last.revision === report.revision
    if (same && report.complianceState === 'Compliant')
      return { ...report, kustomizations: last.kustomizations, objects: last.objects }
    try {
      return await withKustomizations(report, client)
    } catch {
      // The cluster is away for a moment: what the service says stands alone.
      return { ...report, kustomizations: last?.kustomizations ?? [], objects: last?.objects ?? 0 }
    }
  }

  #timed(report: ConfigurationReport, head: string | undefined): ConfigurationReport {
    const key = keyOf(report)
    if (isSettled(report, head) && !this.#seconds.has(key)) {
      this.#seconds.set(key, Math.round((performance.now() - this.#began) / 100) / 10)
    }
    return { ...report, seconds: this.#seconds.get(key) ?? null }
  }
}

export const keyOf = ({ cluster, name }: { cluster: string; name: string }): string => `${cluster}/${name}`
