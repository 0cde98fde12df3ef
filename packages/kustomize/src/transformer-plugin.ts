/**
 * `transformers` and `validators`: kustomize's own transformers, configured by objects with `apiVersion: builtin`. Their field specs are only those written there.
 */
import { addHashes } from './content-hash.ts'
import { boolean, type Decoder, integer, list, string, stringMapOf, strings, struct } from './decoder.ts'
import { setImages } from './image-transform.ts'
import { image, type Kustomization, replacement, selector } from './kustomization.ts'
import { KustomizeError } from './kustomize-error.ts'
import { setPairs } from './label-transform.ts'
import type { LayerContext } from './layer-context.ts'
import { addAffix, setNamespace } from './name-transform.ts'
import { applyJson6902, applyPatch, applyStrategicMerges } from './patch-transform.ts'
import { fieldSpecs, pluginFields, refusePlugin, withPaths } from './plugin-config.ts'
import { replace } from './replacement.ts'
import { setReplicas } from './replica-transform.ts'
import type { Resource } from './resource.ts'
import type { ResourceSet } from './resource-set.ts'
import { isMapping, textOf } from './tree.ts'
import { addValue } from './value-add.ts'

export function runTransformerPlugin(config: Resource, set: ResourceSet, context: LayerContext): void {
  const run = config.apiVersion === 'builtin' ? transformers.get(config.kind) : undefined
  if (run) run(config, set, context)
  else refusePlugin(config)
}

type Transformer = (config: Resource, set: ResourceSet, context: LayerContext) => void

const annotations = struct('AnnotationsTransformer', { annotations: stringMapOf, fieldSpecs })
const labels = struct('LabelTransformer', { labels: stringMapOf, fieldSpecs })
const namespace = struct('NamespaceTransformer', { unsetOnly: boolean, setRoleBindingSubjects: string, fieldSpecs })
const affixes = struct('PrefixSuffixTransformer', { prefix: string, suffix: string, fieldSpecs })
const images = struct('ImageTagTransformer', { imageTag: image, fieldSpecs })
const replicas = struct('ReplicaCountTransformer', {
  replica: struct('Replica', { name: string, count: integer }),
  fieldSpecs,
})
const patch = struct('PatchTransformer', {
  path: string,
  patch: string,
  target: selector,
  options: struct('PatchArgs', { allowNameChange: boolean, allowKindChange: boolean }),
})
const strategicMerges = struct('PatchStrategicMergeTransformer', { paths: strings, patches: string })
const json6902 = struct('PatchJson6902Transformer', { target: selector, path: string, jsonOp: string })

type ReplacementItem = NonNullable<Kustomization['replacements']>[number]

const replacementOrPath: Decoder<ReplacementItem> = (value, path, unknownFields) => ({
  ...replacement(value, path, unknownFields),
  ...(isMapping(value) && Object.hasOwn(value, 'path') && { path: textOf(value.path) }),
})
const replacements = struct('ReplacementTransformer', { replacements: list(replacementOrPath) })

const transformers: ReadonlyMap<string, Transformer> = new Map<string, Transformer>([
  [
    'AnnotationsTransformer',
    (config, set) => {
      const fields = pluginFields(annotations, config)
      setPairs(set, fields.annotations ?? {}, withPaths(fields.fieldSpecs))
    },
  ],
  [
    'LabelTransformer',
    (config, set) => {
      const fields = pluginFields(labels, config)
      setPairs(set, fields.labels ?? {}, withPaths(fields.fieldSpecs))
    },
  ],
  [
    'NamespaceTransformer',
    (config, set) => {
      const { unsetOnly = false, setRoleBindingSubjects: mode = '', fieldSpecs } = pluginFields(namespace, config)
      if (mode !== '' && mode !== 'defaultOnly' && mode !== 'allServiceAccounts' && mode !== 'none') {
        throw new KustomizeError(
          `invalid value "${mode}" for setRoleBindingSubjects: must be one of "defaultOnly", "none" or "allServiceAccounts"`,
        )
      }
      if (config.namespace === '') return
      setNamespace(set, config.namespace, withPaths(fieldSpecs), {
        unsetOnly,
        setRoleBindingSubjects: mode === '' ? 'defaultOnly' : mode,
      })
    },
  ],
  ['PrefixTransformer', (config, set) => addAffixes(config, set, true, false)],
  ['SuffixTransformer', (config, set) => addAffixes(config, set, false, true)],
  ['PrefixSuffixTransformer', (config, set) => addAffixes(config, set, true, true)],
  [
    'ImageTagTransformer',
    (config, set, context) => {
      const fields = pluginFields(images, config)
      setImages(set, [fields.imageTag ?? {}], withPaths(fields.fieldSpecs), context.limits)
    },
  ],
  [
    'ReplicaCountTransformer',
    (config, set) => {
      const { replica, fieldSpecs } = pluginFields(replicas, config)
      setReplicas(set, replica?.name ?? '', replica?.count ?? 0, withPaths(fieldSpecs))
    },
  ],
  [
    'PatchTransformer',
    (config, set, context) => {
      const { options, ...fields } = pluginFields(patch, config)
      applyPatch(set, { ...fields, ...(options && { options: { ...options } }) }, context)
    },
  ],
  [
    'PatchStrategicMergeTransformer',
    (config, set, context) => {
      const { paths = [], patches = '' } = pluginFields(strategicMerges, config)
      if (paths.length === 0 && patches === '') throw new KustomizeError('empty file path and empty patch content')
      applyStrategicMerges(set, paths, context, patches)
    },
  ],
  [
    'PatchJson6902Transformer',
    (config, set, context) => {
      const { jsonOp, ...fields } = pluginFields(json6902, config)
      applyJson6902(set, { ...fields, ...(jsonOp !== undefined && { patch: jsonOp }) }, context)
    },
  ],
  [
    'ReplacementTransformer',
    (config, set, context) => replace(set, pluginFields(replacements, config).replacements ?? [], context),
  ],
  ['HashTransformer', (_, set) => addHashes(set)],
  ['ValueAddTransformer', (config, set, context) => addValue(config, set, context)],
])

function addAffixes(config: Resource, set: ResourceSet, prefix: boolean, suffix: boolean): void {
  const fields = pluginFields(affixes, config)
  if (!fields.fieldSpecs) throw new KustomizeError('fieldSpecs is not expected to be nil')
  const specs = withPaths(fields.fieldSpecs)
  if (prefix && fields.prefix) addAffix(set, 'prefix', fields.prefix, specs)
  if (suffix && fields.suffix) addAffix(set, 'suffix', fields.suffix, specs)
}
