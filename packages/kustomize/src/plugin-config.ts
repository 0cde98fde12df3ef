/**
 * What plugins of all kinds share: reading their configuration object, and refusing what is not built in.
 */
import { type Decoder, list } from './decoder.ts'
import type { FieldSpec } from './field-spec.ts'
import { fieldSpec } from './kustomization.ts'
import { KustomizeError } from './kustomize-error.ts'
import type { Resource } from './resource.ts'
import { plain } from './tree.ts'

/** The plugin's own fields; fields it does not know are ignored, as the real one does here. */
export function pluginFields<T>(decode: Decoder<T>, config: Resource): T {
  return decode(plain(config.object), config.kind, 'ignore')
}

export const fieldSpecs = list(fieldSpec, '[]types.FieldSpec')

export function withPaths(specs: readonly Partial<FieldSpec>[] | undefined): FieldSpec[] {
  return (specs ?? []).map(spec => ({ ...spec, path: spec.path ?? '' }))
}

export function refusePlugin(config: Resource): never {
  if (config.apiVersion === 'builtin') {
    throw new KustomizeError(`unable to load builtin ${config.kind}.builtin.[noGrp]`, {
      object: config.text,
      cure: 'no built-in plugin of this kind can be listed here',
    })
  }
  throw new KustomizeError(`external plugins disabled; unable to load external plugin '${config.kind}'`, {
    object: config.text,
    cure: "only kustomize's built-in plugins, with apiVersion: builtin, run here",
  })
}
