import type { SpawnOptions } from 'node:child_process'

export const root: string
export const node: string
export const main: string
export function say(text: string): void
export function fail(text: string, code?: number): never
export function environment(extra?: Record<string, string>): NodeJS.ProcessEnv
export function run(command: string, args: readonly string[], options?: SpawnOptions): Promise<number>
