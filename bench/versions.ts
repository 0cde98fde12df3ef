/** On what a benchmark ran: figures mean nothing without. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import { root } from '../scripts/set-up.mjs'
import { helm, kubectl } from '../scripts/test-tools.mjs'

/** `Sluice 0.1.0, Node v26.10.0, 2 cores of …, 24 GiB, load average 0.31`. */
export function machine(): string {
  const { version }: { version: string } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const gib = (totalmem() / 1024 ** 3).toFixed(0)
  const cores = `${cpus().length} cores of ${cpus()[0]?.model ?? 'an unknown kind'}`
  return `Sluice ${version}, Node ${process.version}, ${cores}, ${gib} GiB, ${loadNow()}`
}

/** What else the machine was doing. */
export const loadNow = (): string => `load average ${loadavg()[0]?.toFixed(2)}`

/** `kubectl v1.35.0 with kustomize v5.7.1`. */
export async function kubectlVersion(): Promise<string> {
  const text = execFileSync(await kubectl(), ['version', '--client', '--output', 'json'], { encoding: 'utf8' })
  const parsed: { clientVersion: { gitVersion: string }; kustomizeVersion: string } = JSON.parse(text)
  return `kubectl ${parsed.clientVersion.gitVersion} with kustomize ${parsed.kustomizeVersion}`
}

export async function helmVersion(): Promise<string> {
  const text = execFileSync(await helm(), ['version', '--template', '{{ .Version }}'], { encoding: 'utf8' })
  return `helm ${text.trim()}`
}
