/** A chart in memory: what loading yields and everything else works on. */
import type { Table } from './value-table.ts'

/** A file of a chart by its path from the chart's root, with slashes. */
export interface ChartFile {
  path: string
  content: Uint8Array
  /** When it was last changed, as archive or disk say; Helm records it. */
  modified?: Date
}

export interface Maintainer {
  name: string
  email: string
  url: string
}

/** `import-values`: an exported table of the subchart by name, or a table of the child with its place in the parent. */
export type ImportValue = string | { child: string; parent: string }

export interface ChartDependency {
  name: string
  version: string
  repository: string
  /** Paths in the values, divided by commas; the first that holds a boolean decides. */
  condition: string
  tags: string[]
  importValues: ImportValue[]
  alias: string
}

export interface ChartMetadata {
  apiVersion: string
  name: string
  version: string
  kubeVersion: string
  description: string
  /** `application` when empty. */
  type: string
  keywords: string[]
  home: string
  sources: string[]
  dependencies: ChartDependency[]
  maintainers: Maintainer[]
  icon: string
  appVersion: string
  deprecated: boolean
  annotations: Record<string, string>
  condition: string
  tags: string
}

/** Which versions the dependencies were resolved to. */
export interface ChartLock {
  /** As written: RFC 3339. */
  generated: string
  digest: string
  dependencies: { name: string; version: string; repository: string }[]
}

export interface Chart {
  metadata: ChartMetadata
  /** The chart's own defaults. */
  values: Table
  /** Chart.lock, or requirements.lock of a v1 chart. */
  lock: ChartLock | undefined
  /** The text of values.schema.json. */
  schema: string | undefined
  templates: ChartFile[]
  /** What is neither a template nor read by Helm itself, custom resource definitions in crds/ too. */
  files: ChartFile[]
  subcharts: Chart[]
}
