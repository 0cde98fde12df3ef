/** One chart out of a registry, by its address, as `helm template oci://...` takes it. */
import { Registries, RegistryCharts } from '@sluice/artifact'
import { type ChartFile, readChartArchive } from '@sluice/helm'
import { type AccessOptions, accessOf } from '../dependency/repository-config.ts'
import { UsageError } from '../usage-error.ts'
import { configuredLogins } from './registry-config.ts'
import { registryAccess } from './registry-options.ts'

export interface FetchChartOptions extends AccessOptions {
  /** Exact, or a range; the newest stable one by default. */
  version?: string
  devel?: boolean
  plainHttp?: boolean
}

/** @param address `oci://<host>/<path>/<chart>[:<version>]` */
export async function fetchChart(address: string, options: FetchChartOptions): Promise<ChartFile[]> {
  const [, folder, name, tag] = /^(oci:\/\/.+)\/([^/:@]+)(?::([^/:@]+))?$/.exec(address) ?? []
  if (folder === undefined || name === undefined) {
    throw new UsageError(`'${address}' names no chart; write oci://<host>/<path>/<chart>, with --version or :<version>`)
  }
  const { plainHttp, devel, version = devel ? '>0.0.0-0' : '' } = options
  const tagged = tag?.replaceAll('_', '+')
  if (tagged !== undefined && options.version !== undefined && options.version !== tagged) {
    throw new UsageError(`the address says version ${tagged} and --version says ${options.version}; leave one out`)
  }
  const access = await accessOf(options)
  const logins = await configuredLogins(process.env)
  const registries = new Registries()
  try {
    const charts = new RegistryCharts(registries, folder, registryAccess({ access, plainHttp, logins }))
    return await readChartArchive(await charts.download(await charts.find(name, tagged ?? version)))
  } finally {
    registries.close()
  }
}
