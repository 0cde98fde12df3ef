/** The cluster's half of the fleet: fluxconfig controller, fluxconfig agent, extension manager. */
import type { Runtime } from '@sluice/controller'
import { FluxConfigReconciler } from './fluxconfig/flux-config-reconciler.ts'

export { type AgentOptions, type AgentTiming, startAgent } from './agent/agent.ts'
export { FluxConfigReconciler } from './fluxconfig/flux-config-reconciler.ts'

/** The fluxconfig controller, for `runtime.add`. */
export function fluxConfigReconciler(runtime: Runtime): FluxConfigReconciler {
  return new FluxConfigReconciler(runtime)
}
