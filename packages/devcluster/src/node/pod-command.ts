/** How a pod's container is run as a process of this machine: arguments, environment, directories for its volumes. */
import { join } from 'node:path'
import type { Container, Pod } from '../workloads/kinds.ts'
import { expanded } from './pod-sources.ts'

export interface PodCommand {
  args: string[]
  env: Record<string, string>
  /** Host directory of each mount, to be made before the start. */
  directories: string[]
}

export interface PodPlaces {
  /** Directory of this pod: kubeconfig, volumes. */
  root: string
  kubeconfig: string
  /** The child writes the port of its health endpoint there. */
  healthPort: string
}

/** The image that is really run; everything else is simulated. */
export const isOurImage = ({ image }: Container): boolean => /^sluice(:|@|$)/.test(image)

export function isReallyRun(pod: Pod): boolean {
  return pod.spec.containers.some(isOurImage)
}

export const volumesOf = (places: PodPlaces): string => join(places.root, 'volumes')

/**
 * A process has no mounts: paths below a mount are rewritten to the host's directory, in arguments and environment.
 * @param variables of the container, without those that the node adds
 */
export function podCommand(
  pod: Pod,
  container: Container,
  places: PodPlaces,
  variables: Readonly<Record<string, string>>,
): PodCommand {
  const [program = 'sluice', ...leading] = container.command ?? []
  if (!/(^|\/)sluice$/.test(program)) {
    throw new Error(`container ${container.name} has the command ${program}: the image sluice only knows "sluice"`)
  }
  const mounts = (container.volumeMounts ?? [])
    .map(({ name, mountPath, subPath }) => ({
      mountPath: mountPath.replace(/\/+$/, ''),
      directory: join(volumesOf(places), name, subPath ?? ''),
    }))
    // The mount that is furthest down wins.
    .sort((a, b) => b.mountPath.length - a.mountPath.length)
  const rewritten = (text: string): string => {
    for (const { mountPath, directory } of mounts) {
      const at = text === mountPath || text.startsWith(`${mountPath}/`) ? 0 : text.indexOf(`=${mountPath}`) + 1
      const end = at + mountPath.length
      if ((at > 0 || text.startsWith(mountPath)) && (text.length === end || text[end] === '/')) {
        return text.slice(0, at) + directory + text.slice(end)
      }
    }
    return text
  }
  const { namespace = '', name } = pod.metadata
  const env: Record<string, string> = {
    ...inherited(),
    KUBECONFIG: places.kubeconfig,
    RUNTIME_NAMESPACE: namespace,
    POD_NAMESPACE: namespace,
    POD_NAME: name,
    SLUICE_HEALTH_PORT_FILE: places.healthPort,
    SLUICE_EXIT_WITH_PARENT: '1',
  }
  for (const [key, value] of Object.entries(variables)) env[key] = rewritten(value)
  const args = [...leading, ...(container.args ?? [])].map(text => rewritten(expanded(text, variables)))
  return { args, env, directories: mounts.map(mount => mount.directory) }
}

/** What a program of ours needs of our own environment; nothing else of it is the pod's business. */
function inherited(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'NODE_COMPILE_CACHE', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE']
  return Object.fromEntries(names.flatMap(name => (process.env[name] ? [[name, process.env[name] ?? '']] : [])))
}
