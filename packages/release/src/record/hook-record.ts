import type { Hook } from '@sluice/helm'
import type { RecordedHook } from './release-record.ts'

/** A rendered hook as a record keeps it: it has not run. */
export function recordedHook(hook: Hook): RecordedHook {
  const { name, kind, path, text, events, weight, deletePolicies, outputLogPolicies } = hook
  return {
    name,
    kind,
    path,
    manifest: text,
    events,
    last_run: { phase: '' },
    weight,
    delete_policies: deletePolicies,
    output_log_policies: outputLogPolicies,
  }
}
