/** `.Files` of a chart's templates: what the chart holds besides templates, by path. Follows helm's pkg/engine/files.go. */
import { goMethodParameters, goString, withGoType } from '@sluice/template'
import { stringify } from '@sluice/yaml'
import type { ChartFile } from './chart.ts'
import { globPattern } from './glob-pattern.ts'
import { byBytes } from './sort-manifests.ts'

/** A map of paths to bytes, as Go's is, with methods for templates. */
export class ChartFiles extends Map<string, Uint8Array> {
  static of(files: Iterable<ChartFile>): ChartFiles {
    const result = withGoType(new ChartFiles(), 'engine.files')
    for (const { path, content } of [...files].sort((a, b) => byBytes(a.path, b.path))) result.set(path, content)
    return result
  }

  GetBytes(path: string): Uint8Array {
    return this.get(path) ?? new Uint8Array()
  }

  /** The empty string for a file that is not there. */
  Get(path: string): string {
    return goString(this.GetBytes(path))
  }

  Glob(pattern: string): ChartFiles {
    const expression = globPattern(pattern)
    return withGoType(new ChartFiles([...this].filter(([path]) => expression.test(path))), 'engine.files')
  }

  Lines(path: string): string[] {
    const content = this.Get(path)
    const lines = this.has(path) ? (content.endsWith('\n') ? content.slice(0, -1) : content).split('\n') : []
    return withGoType(lines, '[]string')
  }

  AsConfig(): string {
    return this.asYaml(content => goString(content).toWellFormed())
  }

  AsSecrets(): string {
    return this.asYaml(content => Buffer.from(content).toString('base64'))
  }

  /** By base name. */
  private asYaml(value: (content: Uint8Array) => string): string {
    const entries = [...this].map(([path, content]) => [path.slice(path.lastIndexOf('/') + 1), value(content)])
    return stringify(Object.fromEntries(entries)).trimEnd()
  }
}

const path = ['string'] as const
goMethodParameters(ChartFiles.prototype, { Get: path, GetBytes: path, Glob: path, Lines: path })
