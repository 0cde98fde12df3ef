/** Charts as Helm 4 renders them: files in memory to manifests, hooks and definitions. */
export { type CapabilityOptions, type ClusterFacts, type HelmVersion, parseKubeVersion } from './capabilities.ts'
export type { Chart, ChartDependency, ChartFile, ChartLock, ChartMetadata } from './chart.ts'
export { type ChartDefinition, chartDefinitions } from './chart-definitions.ts'
export { type ChartParts, chartMetadata, chartParts, validChartMetadata } from './chart-parts.ts'
export { type ChartValues, chartValues } from './chart-values.ts'
export { coalescedValues, coalesceTables } from './coalesce.ts'
export {
  checkLock,
  type DependencyVersions,
  type LockedDependency,
  lockDigest,
  resolveDependencies,
  versionProblem,
} from './dependency-lock.ts'
export { addMissingDependencies, type DependencyDoor } from './dependency-missing.ts'
export { HelmError } from './helm-error.ts'
export { ignoreRules } from './helm-ignore.ts'
export type { ResolveHost } from './host-answers.ts'
export { loadChart } from './load-chart.ts'
export type { Lookup, LookupQuery } from './lookup.ts'
export { lockYaml, packageChart, packageName } from './package-chart.ts'
export { parseValues } from './parse-values.ts'
export { readChart, readChartArchive, readChartDirectory } from './read-chart.ts'
export type { ReleaseFacts } from './release-context.ts'
export { checkReleaseName, nameFromTemplate } from './release-name.ts'
export { type RenderedChart, type RenderOptions, renderChart } from './render-chart.ts'
export { jsonTable } from './set-json.ts'
export { type SetMode, setValues } from './set-values.ts'
export { type Hook, type HookEvent, type Manifest, type SortedManifests, sortManifests } from './sort-manifests.ts'
export { splitDocuments } from './split-documents.ts'
export { type OutputDocument, type OutputOptions, outputDocuments, templateOutput } from './template-output.ts'
export { mergedTables, type Table } from './value-table.ts'
