/** Admission that clusters configure: mutating webhooks before validation, then pod security, policies and validating webhooks. */
import type { KubeObject } from '@sluice/api'
import type { Api } from '../requests/api.ts'
import { decoded } from '../requests/decode.ts'
import type { AdmissionRequest } from './admission-request.ts'
import { checkPodSecurity } from './pod-security.ts'
import { checkPolicies } from './validating-policies.ts'
import { hasWebhooks, mutated, validated } from './webhooks.ts'

/** `object` as the mutating webhooks leave it, defaulted again where they changed it. */
export async function throughWebhooks(api: Api, request: AdmissionRequest, object: KubeObject): Promise<KubeObject> {
  const changed = await mutated(api, { ...request, object })
  return changed === undefined || changed === object ? object : decoded(request.served, { ...changed }).object
}

/** Throws what pod security, policies or webhooks have against the request, in this order. */
export async function admitted(api: Api, request: AdmissionRequest): Promise<void> {
  checkPodSecurity(api, request)
  checkPolicies(api, request)
  if (hasWebhooks(api)) await validated(api, request)
}
