/** A new object with its managed fields: who makes it owns what it sets. */
import type { KubeObject } from '@sluice/api'
import { zeroObject } from '../go-types/decode-json.ts'
import { goStructOf } from '../go-types/go-struct.ts'
import { trackUpdate } from '../merge/index.ts'
import type { ServedVersion } from '../resources/resource-type.ts'
import type { Api } from './api.ts'
import type { Target } from './request.ts'

const baselines = new WeakMap<ServedVersion, KubeObject>()

/** What Go encodes of a built-in kind before anything is set: its empty structs are there from the start and nobody owns them. */
function baselineOf(served: ServedVersion): { baseline?: KubeObject } {
  const struct = served.type.custom ? undefined : goStructOf(served.apiVersion, served.kind)
  if (!struct) return {}
  let baseline = baselines.get(served)
  if (!baseline) {
    const { kind, apiVersion } = served
    baseline = { kind, apiVersion, ...zeroObject(struct), metadata: { name: '' } }
    baselines.set(served, baseline)
  }
  return { baseline }
}

export function tracked(api: Api, target: Target, object: KubeObject, manager: string): KubeObject {
  const { served, subresource } = target
  return trackUpdate({
    schema: served.schema,
    live: undefined,
    ...baselineOf(served),
    updated: object,
    manager,
    apiVersion: served.apiVersion,
    subresource,
    time: api.now(),
  })
}
