/**
 * Builds a kustomization of the disk and writes the manifests: the work behind `sluice build kustomization`.
 */
import { statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { buffer } from 'node:stream/consumers'
import {
  build,
  type HelmEngine,
  isRemote,
  KustomizeError,
  type KustomizeVersion,
  type LoadRestrictor,
  type ObjectTrace,
  overlayTree,
} from '@sluice/kustomize'
import { diskTree } from '@sluice/kustomize/node'
import { withRemoteBases } from './remote-bases.ts'
import { writeOut } from './standard-output.ts'

export interface BuildKustomizationOptions {
  output?: string
  loadRestrictor: LoadRestrictor
  reorder: 'legacy' | 'none'
  kustomize: KustomizeVersion
  /** Print where each field comes from, instead of the manifests. */
  explain?: boolean
  /** Whether bases, files and charts may be named by URL. */
  remote: boolean
  enableHelm?: boolean
  helmKubeVersion?: string
  helmApiVersions?: string[]
  enableManagedbyLabel?: boolean
}

/** `dir` is a directory, the URL of a repository, or `-` for a kustomization on standard input. Warnings go to standard error. */
export async function buildKustomization(dir: string, options: BuildKustomizationOptions): Promise<void> {
  const path = isRemote(dir) ? dir : resolve(dir === '-' ? '.' : dir)
  const disk = diskTree()
  const files =
    dir === '-' ? overlayTree(disk, new Map([[`${path}/kustomization.yaml`, await buffer(process.stdin)]])) : disk
  const { helm, close } = await helmOf(options)
  const result = await withRemoteBases(remote =>
    build(files, path, {
      loadRestrictor: options.loadRestrictor,
      order: options.reorder,
      version: options.kustomize,
      managedByLabel: options.enableManagedbyLabel ?? false,
      ...(options.remote && { remote }),
      ...(options.explain && { explain: true }),
      ...(helm && { helm }),
    }),
  )
    .catch(explain)
    .finally(close)
  for (const warning of result.warnings) process.stderr.write(`${warning}\n`)
  const text = result.trace ? explanation(result.trace) : result.text()
  if (!options.output) writeOut(text)
  else if (!result.trace && isDirectory(options.output)) {
    for (const { fileName, text } of result.documents()) writeFileSync(join(options.output, fileName), text)
  } else writeFileSync(options.output, text)
}

/** Loaded only when asked for: most builds have no charts. */
async function helmOf(options: BuildKustomizationOptions): Promise<{ helm?: HelmEngine; close(): void }> {
  if (!options.enableHelm) return { close() {} }
  const { helmTemplates } = await import('@sluice/kustomize/helm')
  const shared = { kubeVersion: options.helmKubeVersion, apiVersions: options.helmApiVersions }
  if (!options.remote) return { helm: helmTemplates(shared), close() {} }
  const { ChartPuller } = await import('./pull-chart.ts')
  const puller = new ChartPuller()
  return {
    helm: helmTemplates({ ...shared, pullChart: request => puller.pull(request) }),
    close: () => puller.close(),
  }
}

/** An object, the steps that made it, and what each step set. */
function explanation(trace: readonly ObjectTrace[]): string {
  const lines: string[] = []
  for (const { kind, namespace, name, steps } of trace) {
    lines.push(`${kind} ${namespace && `${namespace}/`}${name}`)
    for (const { file, repo, by, changes } of steps) {
      lines.push(`  ${repo ? `${repo}//` : ''}${file}${by ? ` (${by})` : ''}`)
      for (const { path, value } of changes) {
        lines.push(`    ${path}${value === undefined ? ' removed' : `: ${JSON.stringify(value)}`}`)
      }
    }
  }
  return lines.map(line => `${line}\n`).join('')
}

/** For a person at a terminal: with the file, the object and what to do. */
function explain(error: unknown): never {
  throw error instanceof KustomizeError ? new Error(error.explained(), { cause: error }) : error
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
