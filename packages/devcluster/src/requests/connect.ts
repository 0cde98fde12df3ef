import type { AdmissionRequest } from '../admission/admission-request.ts'
import { admitted } from '../admission/admit.ts'
import { mutated } from '../admission/webhooks.ts'
import type { Api } from './api.ts'
import { get } from './read.ts'
import type { Caller, Target } from './request.ts'

/** Whether a stream to a pod (exec, attach, portforward, proxy) may be opened at all; throws when not. */
export async function admitConnection(api: Api, caller: Caller, target: Target): Promise<void> {
  await get(api, target)
  const request: AdmissionRequest = {
    operation: 'CONNECT',
    served: target.served,
    subresource: target.subresource,
    namespace: target.namespace,
    name: target.name,
    object: undefined,
    oldObject: undefined,
    user: caller.user,
    dryRun: false,
    warnings: caller.warnings,
  }
  await mutated(api, request)
  await admitted(api, request)
}
