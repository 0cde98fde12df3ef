/**
 * The script that measured the real Flux, run against a fresh dev cluster with our controllers, and what it printed as values. One call
 * is one run: a system that is new each time, so that no run profits from what another one left.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { startDevSystem } from '../scripts/dev-system.mjs'
import { fail, node, root } from '../scripts/set-up.mjs'

const script = join(root, '..', 'shared', 'bench', 'flux-load.mjs')

/** A line of the script with the indented ones below it. */
export interface Reading {
  label: string
  value: string
  details: { label: string; value: string }[]
}

export interface LoadRun {
  readings: Reading[]
  /** The reading whose label contains `text`; fails when the script printed none. */
  reading(text: string): Reading
}

/** What a process used since the part began: the script prints one line each, controllers first, then the dev cluster. */
export interface Usage {
  cpu: number
  /** MiB; absent where the script does not print it. */
  peak: number
}

export interface LoadOptions {
  /** Kustomizations. */
  n: number
  parts: string[]
  /** More options of the script. */
  more?: string[]
  /** While the system still runs, after the script has ended. */
  afterwards?: (system: { kubeconfig: string; pids: { cluster: number; controllers?: number } }) => Promise<void>
}

export async function fluxLoad({ n, parts, more = [], afterwards }: LoadOptions): Promise<LoadRun> {
  if (!existsSync(script)) fail(`${script} is not here: the script that measures lies beside the repository.`)
  const system = await startDevSystem({ controllers: true })
  try {
    const pids = [system.pids.controllers, system.pids.cluster].join(',')
    const args = ['--kubeconfig', system.kubeconfig, '--pids', pids, '--n', String(n), '--parts', parts.join(',')]
    const readings = await readingsOf([script, ...args, ...more])
    await afterwards?.(system)
    return { readings, reading: text => found(readings, text) }
  } finally {
    await system.stop()
  }
}

function found(readings: Reading[], text: string): Reading {
  const reading = readings.find(({ label }) => label.includes(text))
  if (reading) return reading
  throw new Error(`flux-load.mjs printed nothing of "${text}"; it printed: ${readings.map(r => r.label).join('; ')}`)
}

/** A label, padded, and its value. */
const padded = /^(\s*)(\S.*?)\s{2,}(\S.*)$/
/** A label that is longer than its column is followed by a single blank only. */
const long = /^()(\S.*?)\s((?:[\d.]+ \/ )?[\d.]+ (?:s|MiB)\b.*|never.*|not within.*)$/

async function readingsOf(args: string[]): Promise<Reading[]> {
  const child = spawn(node, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<number | null>((resolve, reject) => child.on('error', reject).on('exit', resolve))
  const readings: Reading[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    const [, indent = '', label = '', value = ''] = padded.exec(line) ?? long.exec(line) ?? []
    if (!label) continue
    if (indent === '') readings.push({ label, value, details: [] })
    else readings.at(-1)?.details.push({ label, value })
  }
  const code = await ended
  if (code !== 0) throw new Error(`flux-load.mjs failed with exit code ${code}`)
  return readings
}

/** `3.0 s (0.3 s to create)` -> 3; fails on `never`, `not within 20 min`: a benchmark that did not finish has no figure. */
export function secondsOf({ label, value }: { label: string; value: string }): number {
  const [, number] = /^([\d.]+) s/.exec(value) ?? []
  if (number === undefined) throw new Error(`${label}: ${value}`)
  return Number(number)
}

/** `0.39 / 0.69 s (20 of 20)` -> both; fails unless all arrived. */
export function quantilesOf({ label, value }: Reading): { p50: number; p95: number } {
  const [, p50, p95, arrived, all] = /^([\d.]+) \/ ([\d.]+) s \((\d+) of (\d+)\)/.exec(value) ?? []
  if (p50 === undefined || p95 === undefined || arrived !== all) throw new Error(`${label}: ${value}`)
  return { p50: Number(p50), p95: Number(p95) }
}

/** What the controllers and the dev cluster used, of the lines below a reading. */
export function usageOf({ details }: Reading): { controllers: Usage; cluster: Usage } {
  const all = details
    .filter(({ value }) => /s CPU/.test(value))
    .map(({ value }) => ({
      cpu: Number(/([\d.]+) s CPU/.exec(value)?.[1]),
      peak: Number(/([\d.]+) MiB peak/.exec(value)?.[1]),
    }))
  const none = { cpu: Number.NaN, peak: Number.NaN }
  return { controllers: all[0] ?? none, cluster: all[1] ?? none }
}
