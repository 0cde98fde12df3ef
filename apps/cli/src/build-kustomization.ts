/**
 * Builds a kustomization of the disk and writes the manifests: the work behind `sluice build kustomization`.
 */
import { statSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import {
  build,
  KustomizeError,
  type KustomizeVersion,
  type LoadRestrictor,
  type ObjectTrace,
  overlayTree,
} from '@sluice/kustomize'
import { diskTree } from '@sluice/kustomize/node'
import { withRemoteBases } from './remote-bases.ts'

export interface BuildKustomizationOptions {
  output?: string
  loadRestrictor: LoadRestrictor
  reorder: 'legacy' | 'none'
  kustomize: KustomizeVersion
  /** Print where each field comes from, instead of the manifests. */
  explain?: boolean
  /** Whether bases and files may be named by URL. */
  remote: boolean
}

/** `dir` is a directory, or `-` for a kustomization on standard input. Warnings go to standard error. */
export async function buildKustomization(dir: string, options: BuildKustomizationOptions): Promise<void> {
  const path = resolve(dir === '-' ? '.' : dir)
  const disk = diskTree()
  const files =
    dir === '-' ? overlayTree(disk, new Map([[`${path}/kustomization.yaml`, await readFile('/dev/stdin')]])) : disk
  const result = await withRemoteBases(remote =>
    build(files, path, {
      loadRestrictor: options.loadRestrictor,
      order: options.reorder,
      version: options.kustomize,
      ...(options.remote && { remote }),
      ...(options.explain && { explain: true }),
    }),
  ).catch(explain)
  for (const warning of result.warnings) process.stderr.write(`${warning}\n`)
  const text = result.trace ? explanation(result.trace) : result.text()
  if (options.output === undefined) process.stdout.write(text)
  else if (!result.trace && isDirectory(options.output)) {
    for (const { fileName, text } of result.documents()) writeFileSync(join(options.output, fileName), text)
  } else writeFileSync(options.output, text)
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
