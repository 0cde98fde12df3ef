/** How a pod's container is run as a process of this machine: arguments, environment, directories for its volumes. */
import { join } from 'node:path'
import type { Container, Pod } from '../workloads/kinds.ts'

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
export function isReallyRun(pod: Pod): boolean {
  return pod.spec.containers.some(({ image }) => /^sluice(:|@|$)/.test(image))
}

/** A process has no mounts: paths below a mount are rewritten to the host's directory, in arguments and environment. */
export function podCommand(pod: Pod, container: Container, places: PodPlaces): PodCommand {
  const mounts = (container.volumeMounts ?? []).map(({ name, mountPath, subPath }) => ({
    mountPath: mountPath.replace(/\/+$/, ''),
    directory: join(places.root, 'volumes', name, subPath ?? ''),
  }))
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
  for (const variable of container.env ?? []) env[variable.name] = rewritten(variableValue(variable, pod))
  return { args: (container.args ?? []).map(rewritten), env, directories: mounts.map(mount => mount.directory) }
}

/** What a program of ours needs of our own environment; nothing else of it is the pod's business. */
function inherited(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'NODE_COMPILE_CACHE', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE']
  return Object.fromEntries(names.flatMap(name => (process.env[name] ? [[name, process.env[name] ?? '']] : [])))
}

function variableValue(variable: NonNullable<Container['env']>[number], pod: Pod): string {
  if (variable.value !== undefined) return variable.value
  const fieldPath = (variable.valueFrom as { fieldRef?: { fieldPath?: string } } | undefined)?.fieldRef?.fieldPath
  if (fieldPath === 'metadata.name') return pod.metadata.name
  if (fieldPath === 'metadata.namespace') return pod.metadata.namespace ?? ''
  if (fieldPath === 'metadata.uid') return pod.metadata.uid ?? ''
  if (fieldPath === 'spec.nodeName') return pod.spec.nodeName ?? ''
  throw new Error(
    `environment variable ${variable.name} is taken from what this node cannot give: use value or fieldRef`,
  )
}
