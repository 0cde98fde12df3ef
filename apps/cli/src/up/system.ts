/** The parts of `sluice up` together: started side by side, connected, given their configurations, stopped in order. */

import { FLUX_VERSION, GROUP_VERSION } from '../fleet/versions.ts'
import type { FleetClient } from '../fleet-client.ts'
import { type ClusterPart, connectCluster, startClusterPart } from './cluster-part.ts'
import type { DataDirectory } from './data-directory.ts'
import { type DesiredConfiguration, exampleConfigurations, ownConfigurations } from './desired-configurations.ts'
import { type FleetPart, startFleetPart } from './fleet-part.ts'
import { announcePush, type GitPart, startGitPart } from './git-part.ts'
import { assignPorts } from './ports.ts'
import type { Progress } from './progress.ts'
import { configurationsPath, groupId } from './resource-paths.ts'
import type { OnStop } from './start-process.ts'
import type { UpOptions } from './up-options.ts'

export interface System {
  fleet: FleetPart
  git: GitPart | undefined
  clusters: readonly ClusterPart[]
  configurations: readonly DesiredConfiguration[]
  /** The commit that the configurations shall reach, when it is known. */
  head(): Promise<string | undefined>
}

/** Starts everything; rejects as soon as one part cannot be started. */
export async function startSystem(
  directory: DataDirectory,
  options: UpOptions,
  progress: Progress,
  signal: AbortSignal,
  onStop: OnStop,
): Promise<System> {
  const names = Array.from({ length: options.clusters }, (_, index) => `cluster-${index + 1}`)
  const ports = await assignPorts(directory.ports, ['git', 'fleet', ...names])
  const port = (part: string): number => ports.get(part) ?? 0
  const started: ClusterPart[] = []
  const { repository } = options

  const gitLine = repository ? undefined : progress.part('git server')
  const fleetLine = progress.part('fleet service')
  const clusterLines = names.map(name => ({ name, line: progress.part(name) }))

  const starting = {
    git: gitLine && startGitPart(directory, port('git'), gitLine, url => announce(started, url, progress), onStop),
    fleet: startFleetPart(directory, port('fleet'), fleetLine, signal, onStop),
    clusters: clusterLines.map(({ name, line }) => startClusterPart(directory, name, port(name), line, signal, onStop)),
  }
  // Awaited one after the other; a failure of a later one must not count as unhandled until then.
  for (const part of [starting.git, starting.fleet, ...starting.clusters]) part?.catch(() => {})
  const fleet = await starting.fleet
  await fleet.client().request('PUT', groupId, GROUP_VERSION, { location: 'local' })
  const clusters = await Promise.all(
    starting.clusters.map(async (starting, index) => {
      const cluster = await starting
      started.push(cluster)
      const line = clusterLines[index]?.line
      if (line) await connectCluster(directory, cluster, fleet, line)
      return cluster
    }),
  )
  const git = await starting.git
  const configurations = repository
    ? ownConfigurations(names, repository)
    : exampleConfigurations(names, git?.url ?? '')
  await Promise.all(configurations.map(desired => putConfiguration(fleet.client(), desired)))
  return {
    fleet,
    git,
    clusters,
    configurations,
    head: async () => (repository ? repository.head : git?.head()),
  }
}

/** Creating one that is there already, unchanged, changes nothing. */
async function putConfiguration(
  client: FleetClient,
  { cluster, name, properties }: DesiredConfiguration,
): Promise<void> {
  await client.request('PUT', `${configurationsPath(cluster)}/${name}`, FLUX_VERSION, { properties })
}

function announce(clusters: readonly ClusterPart[], url: string, progress: Progress): void {
  for (const { name, client } of clusters) {
    announcePush(client, url, new Date()).catch((error: Error) =>
      progress.say(`✗ ${name} could not be told of the push (${error.message}); it fetches at its interval`),
    )
  }
}
