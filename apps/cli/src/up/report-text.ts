/** What `sluice up` prints when everything runs: the tables, and what to try next; or what is in the way. */
import { isAbsolute, relative } from 'node:path'
import { shortDigests } from '../cluster/flux-object.ts'
import { renderTable } from '../output.ts'
import { RESOURCE_GROUP } from './resource-paths.ts'
import type { System } from './system.ts'
import type { ConfigurationReport, UnreadyObject } from './system-report.ts'

export function configurationTable(reports: readonly ConfigurationReport[]): string {
  return renderTable({
    columns: ['cluster', 'configuration', 'scope', 'compliance', 'revision', 'objects', 'seconds'],
    rows: reports.map(report => [
      report.cluster,
      report.name,
      report.scope,
      report.complianceState,
      shortDigests(report.revision) || '-',
      String(report.objects),
      report.seconds === null ? '-' : report.seconds.toFixed(1),
    ]),
  })
}

/** A path as it is shortest from where the person is. */
function shortPath(path: string): string {
  const below = relative(process.cwd(), path)
  return below.startsWith('..') || isAbsolute(below) ? path : below || '.'
}

/** How the person runs this program: as an npm script from the sources, else as they did. */
function program(): string {
  const script = process.argv[1] ?? 'sluice'
  if (script.endsWith('main.ts')) return 'npm run sluice --'
  return script.endsWith('.js') ? `node ${shortPath(script)}` : 'sluice'
}

const quoted = (text: string): string => (/^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`)

/** The same for a variable, which must hold wherever the person goes next (into the clone, first of all). */
const exportedPath = (path: string): string => {
  const short = shortPath(path)
  return isAbsolute(short) ? quoted(short) : `"$PWD/${short}"`
}

/** Commands that work when pasted. */
export function nextSteps(system: System, dataDirectory: string): string {
  const [first] = system.clusters
  if (!first) return ''
  const kubeconfig = quoted(shortPath(first.kubeconfig))
  const sluice = program()
  const [configuration] = system.configurations
  const [kustomization = 'apps'] = Object.keys(configuration?.properties.kustomizations ?? {}).reverse()
  const deployed = `kustomization ${configuration?.name}-${kustomization} -n ${configuration?.properties.namespace}`
  const clone = system.git ? [`  git clone ${system.git.url}      # commit, push, and watch the lines below`] : []
  return [
    '',
    'Try next:',
    ...clone,
    `  kubectl --kubeconfig ${kubeconfig} get all -A`,
    `  export KUBECONFIG=${exportedPath(first.kubeconfig)} SLUICE_HOME=${exportedPath(dataDirectory)}`,
    `  ${sluice} connectedk8s list -g ${RESOURCE_GROUP}`,
    `  ${sluice} k8s-configuration flux list -g ${RESOURCE_GROUP} -c ${first.name} -t connectedClusters`,
    `  ${sluice} get all -A`,
    `  ${sluice} tree ${deployed}`,
    `  ${sluice} reconcile ${deployed} --with-source`,
    '',
    'Ctrl-C stops everything; the next start goes on from the same data.',
    '',
  ].join('\n')
}

const objectName = ({ kind, namespace, name }: Omit<UnreadyObject, 'message'>): string =>
  [kind, namespace, name].filter(Boolean).join('/')

/** Each object that is not ready, with its message. */
export function unreadyText(reports: readonly ConfigurationReport[], head: string | undefined): string {
  const lines = reports.flatMap(report => {
    const title = `${report.cluster}/${report.name}`
    const details = report.unready.map(({ message, ...object }) => `${title}: ${objectName(object)}: ${message}`)
    if (details.length > 0) return details
    if (report.complianceState !== 'Compliant') return [`${title}: is ${report.complianceState}`]
    return report.seconds === null ? [`${title}: is at ${report.revision || 'no revision'}, not yet at ${head}`] : []
  })
  return lines.map(line => `✗ ${line}\n`).join('')
}

/** The document of `--json`. */
export function reportDocument(
  system: System,
  reports: readonly ConfigurationReport[],
  connectivity: ReadonlyMap<string, string>,
) {
  return {
    service: { url: system.fleet.url },
    git: system.git ? { url: system.git.url } : null,
    clusters: system.clusters.map(({ name, server, kubeconfig }) => ({
      name,
      server,
      kubeconfig,
      connectivityStatus: connectivity.get(name) ?? 'Unknown',
    })),
    configurations: reports,
  }
}
