/** The dependencies of a chart's folder fetched for another command, which says nothing of it on standard output. */
import { configuredLogins } from '../registry/registry-config.ts'
import { DependencySources } from './dependency-sources.ts'
import { type AccessOptions, accessOf, configuredRepositories } from './repository-config.ts'
import { updateDependencies } from './update-dependencies.ts'

/** What it does it says on standard error. Throws HelmError. */
export async function fetchDependencies(
  folder: string,
  options: AccessOptions & { plainHttp?: boolean },
): Promise<void> {
  const say = (line: string) => void process.stderr.write(`${line}\n`)
  const [configured, access, logins] = await Promise.all([
    configuredRepositories(process.env),
    accessOf(options),
    configuredLogins(process.env),
  ])
  const sources = new DependencySources({
    configured,
    access,
    logins,
    plainHttp: options.plainHttp,
    skipRefresh: false,
    say,
  })
  try {
    await updateDependencies({ folder, sources, say, now: () => new Date() })
  } finally {
    sources.close()
  }
}
