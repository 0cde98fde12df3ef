/** The same chart rendered here and by the real helm: manifests, or the words of the refusal. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { helm } from '../../../../scripts/test-tools.mjs'
import { loadChart } from '../load-chart.ts'
import { renderChart } from '../render-chart.ts'
import { filesOf } from './chart-named.ts'

const run = promisify(execFile)

/** What helm prints besides the error itself. */
const advice = /^Error: |\n+Use --debug flag to render out invalid YAML\n*$/g

export interface Answers {
  ours: string
  real: string
}

/** `contents` as `filesOf` takes them. */
export async function besideHelm(contents: Record<string, string>): Promise<Answers> {
  const [ours, real] = await Promise.all([here(contents), there(contents)])
  return { ours: ours.trim(), real: real.trim() }
}

async function here(contents: Record<string, string>): Promise<string> {
  const release = { name: 'r', namespace: 'default', revision: 1, isUpgrade: false }
  try {
    const { files } = await renderChart(await loadChart(filesOf(contents)), {}, { release })
    return [...files].map(([path, text]) => `---\n# Source: ${path}\n${text}`).join('')
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

async function there(contents: Record<string, string>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'sluice-beside-helm-'))
  try {
    for (const { path, content } of filesOf(contents)) {
      await mkdir(dirname(join(root, path)), { recursive: true })
      await writeFile(join(root, path), content)
    }
    const { KUBECONFIG: _, ...env } = process.env
    return (await run(await helm(), ['template', 'r', root], { env: { ...env, HOME: root } })).stdout
  } catch (error) {
    const printed = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
    return printed.replace(advice, '')
  } finally {
    await rm(root, { recursive: true })
  }
}
