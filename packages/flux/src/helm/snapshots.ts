import type { HelmReleaseSnapshot } from '@sluice/api'

/** `status.history`: the releases that the next decision may need, newest first. Pure; nothing given is changed. */
export type Snapshots = readonly HelmReleaseSnapshot[]

/** How many are kept where no rule says better. */
const MOST = 5

export function latestOf(history: Snapshots | undefined): HelmReleaseSnapshot | undefined {
  return newestFirst(history ?? [])[0]
}

/** The newest before the latest that was deployed, and did not fail its tests: what a rollback goes back to. */
export function previousOf(history: Snapshots | undefined, ignoreTests: boolean): HelmReleaseSnapshot | undefined {
  return newestFirst(history ?? [])
    .slice(1)
    .find(snapshot => wasGood(snapshot, ignoreTests))
}

/** Up to and with the previous one; the newest five when there is none. */
export function truncated(history: Snapshots, ignoreTests: boolean): HelmReleaseSnapshot[] {
  const sorted = newestFirst(history)
  const previous = sorted.findIndex((snapshot, i) => i > 0 && wasGood(snapshot, ignoreTests))
  return sorted.slice(0, previous < 0 ? MOST : previous + 1)
}

/** Where failures are tried again, not remediated, none of them is special. */
export const newestFive = (history: Snapshots): HelmReleaseSnapshot[] => newestFirst(history).slice(0, MOST)

export const isOf = (
  snapshot: HelmReleaseSnapshot,
  of: { name: string; namespace: string; version: number },
): boolean => snapshot.name === of.name && snapshot.namespace === of.namespace && snapshot.version === of.version

export type TestFilters = readonly { name: string; exclude?: boolean }[]

/** Names to run and names to leave out; with none to run, all others run. */
export function testSelection(filters: TestFilters = []): { include: string[]; exclude: string[] } {
  const names = (exclude: boolean) => filters.filter(f => (f.exclude ?? false) === exclude).map(f => f.name)
  return { include: names(false), exclude: names(true) }
}

/** No tests at all count as tested; a test that should run and never did does not. */
export function hasBeenTested({ testHooks }: HelmReleaseSnapshot, filters?: TestFilters): boolean {
  if (!testHooks) return false
  if (Object.values(testHooks).some(hook => hook.phase === 'Failed')) return true
  const { include, exclude } = testSelection(filters)
  const runs = (name: string) => !exclude.includes(name) && (include.length === 0 || include.includes(name))
  return Object.entries(testHooks).every(([name, { phase }]) => !runs(name) || phase === 'Succeeded')
}

export const hasFailedTest = ({ testHooks }: HelmReleaseSnapshot): boolean =>
  Object.values(testHooks ?? {}).some(hook => hook.phase === 'Failed')

/** `<namespace>/<name>.v<version>`. */
export const fullName = ({ namespace, name, version }: HelmReleaseSnapshot): string =>
  `${namespace}/${name}.v${version}`

export const chartOf = ({ chartName, chartVersion }: HelmReleaseSnapshot): string => `${chartName}@${chartVersion}`

export const releasedMessage = (action: 'install' | 'upgrade', snapshot: HelmReleaseSnapshot): string =>
  `Helm ${action} succeeded for release ${fullName(snapshot)} with chart ${chartOf(snapshot)}`

function wasGood(snapshot: HelmReleaseSnapshot, ignoreTests: boolean): boolean {
  const isDeployed = snapshot.status === 'deployed' || snapshot.status === 'superseded'
  return isDeployed && (ignoreTests || !hasFailedTest(snapshot))
}

const newestFirst = (history: Snapshots): HelmReleaseSnapshot[] => [...history].sort((a, b) => b.version - a.version)
