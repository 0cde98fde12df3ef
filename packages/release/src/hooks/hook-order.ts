import type { HookEvent } from '@sluice/helm'
import type { RecordedHook } from '../record/release-record.ts'

/**
 * The hooks of an event as they run: by weight, then by name; what has both in common stays in the order of
 * installation.
 */
export function hooksOf(hooks: readonly RecordedHook[], event: HookEvent): RecordedHook[] {
  return hooks
    .filter(hook => hook.events?.includes(event))
    .sort((a, b) => (a.weight ?? 0) - (b.weight ?? 0) || compareNames(a.name ?? '', b.name ?? ''))
}

const compareNames = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
