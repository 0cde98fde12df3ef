/**
 * The kustomization file: its fields, strictly decoded, with the legacy ones moved to where they belong now.
 */
import {
  anything,
  boolean,
  type Decoder,
  integer,
  list,
  map,
  string,
  stringMapOf,
  strings,
  struct,
  type UnknownFields,
} from './decoder.ts'
import { KustomizeError, located, within } from './kustomize-error.ts'
import { parseFile } from './parse-file.ts'

const gvk = { group: string, version: string, kind: string }

export const fieldSpec = struct('FieldSpec', { ...gvk, path: string, create: boolean })

export const selector = struct('Selector', {
  ...gvk,
  name: string,
  namespace: string,
  labelSelector: string,
  annotationSelector: string,
})

const patch = struct('Patch', {
  path: string,
  patch: string,
  target: selector,
  options: map(boolean, 'map[string]bool'),
})
export const image = struct('Image', {
  name: string,
  newName: string,
  tagSuffix: string,
  newTag: string,
  digest: string,
})
const fieldOptions = struct('FieldOptions', { delimiter: string, index: integer, encoding: string, create: boolean })

const replacementFields = {
  source: struct('SourceSelector', {
    ...gvk,
    name: string,
    namespace: string,
    fieldPath: string,
    options: fieldOptions,
  }),
  sourceValue: string,
  targets: list(
    struct('TargetSelector', { select: selector, reject: list(selector), fieldPaths: strings, options: fieldOptions }),
  ),
}
export const replacement = struct('Replacement', replacementFields)

const generatorOptions = struct('GeneratorOptions', {
  labels: stringMapOf,
  annotations: stringMapOf,
  disableNameSuffixHash: boolean,
  immutable: boolean,
})

const generatorFields = {
  name: string,
  namespace: string,
  behavior: string,
  literals: strings,
  files: strings,
  envs: strings,
  env: string,
  options: generatorOptions,
}
const configMapArgs = struct('ConfigMapArgs', generatorFields)
export const generatorArgs = struct('SecretArgs', { ...generatorFields, type: string })

const label = struct('Label', {
  pairs: stringMapOf,
  includeSelectors: boolean,
  includeTemplates: boolean,
  fields: list(fieldSpec),
})

const variable = struct('Var', {
  name: string,
  objref: struct('Target', { apiVersion: string, ...gvk, name: string, namespace: string }),
  fieldref: struct('FieldSelector', { fieldPath: string }),
})

const helmChartFields = {
  name: string,
  version: string,
  repo: string,
  releaseName: string,
  namespace: string,
  additionalValuesFiles: strings,
  valuesFile: string,
  valuesInline: anything,
  valuesMerge: string,
  includeCRDs: boolean,
  skipHooks: boolean,
  apiVersions: strings,
  kubeVersion: string,
  nameTemplate: string,
  skipTests: boolean,
  debug: boolean,
  devel: boolean,
}
const helmChart = struct('HelmChart', helmChartFields)
const helmGlobalFields = { chartHome: string, configHome: string }
/** Configuration of the generator plugin, where both stand side by side. */
export const helmChartInflation = struct('HelmChart', { ...helmChartFields, ...helmGlobalFields })

const helmChartArgs = struct('HelmChartArgs', {
  chartName: string,
  chartVersion: string,
  chartRepoUrl: string,
  chartHome: string,
  chartRepoName: string,
  helmBin: string,
  helmHome: string,
  values: string,
  valuesLocal: anything,
  valuesMerge: string,
  releaseName: string,
  releaseNamespace: string,
  extraArgs: strings,
})

const kustomizationFields = {
  apiVersion: string,
  kind: string,
  metadata: struct('ObjectMeta', { name: string, namespace: string, labels: stringMapOf, annotations: stringMapOf }),
  openapi: stringMapOf,
  namePrefix: string,
  nameSuffix: string,
  namespace: string,
  commonLabels: stringMapOf,
  labels: list(label),
  commonAnnotations: stringMapOf,
  patchesStrategicMerge: strings,
  patchesJson6902: list(patch),
  patches: list(patch),
  images: list(image),
  imageTags: list(image),
  replacements: list(struct('ReplacementField', { ...replacementFields, path: string })),
  replicas: list(struct('Replica', { name: string, count: integer })),
  vars: list(variable),
  sortOptions: struct('SortOptions', {
    order: string,
    legacySortOptions: struct('LegacySortOptions', { orderFirst: strings, orderLast: strings }),
  }),
  resources: strings,
  components: strings,
  crds: strings,
  bases: strings,
  configMapGenerator: list(configMapArgs),
  secretGenerator: list(generatorArgs),
  helmGlobals: struct('HelmGlobals', helmGlobalFields),
  helmCharts: list(helmChart),
  helmChartInflationGenerator: list(helmChartArgs),
  generatorOptions,
  configurations: strings,
  generators: strings,
  transformers: strings,
  validators: strings,
  buildMetadata: strings,
}
const kustomization = struct('Kustomization', kustomizationFields)

type Type<D> = D extends Decoder<infer T> ? T : never
export type Kustomization = Type<typeof kustomization>
export type Selector = Type<typeof selector>
export type Patch = Type<typeof patch>
export type Image = Type<typeof image>
export type Label = Type<typeof label>
export type GeneratorArgs = Type<typeof generatorArgs>
export type GeneratorOptions = Type<typeof generatorOptions>
export type Replacement = Type<typeof replacement>
export type FieldOptions = Type<typeof fieldOptions>
export type HelmChart = Type<typeof helmChart>
export type HelmGlobals = NonNullable<Kustomization['helmGlobals']>
export type Variable = Type<typeof variable>
export type SortOptions = NonNullable<Kustomization['sortOptions']>

/** Decodes without any of the checks of a build, for those who amend a kustomization. */
export function decodeKustomization(value: unknown, unknownFields: UnknownFields): Kustomization {
  return kustomization(value, 'Kustomization', unknownFields)
}

const editFix = "Run 'kustomize edit fix' to update your Kustomization automatically."

const deprecated: [field: keyof Kustomization, instead: string][] = [
  ['bases', 'resources'],
  ['commonLabels', 'labels'],
  ['imageTags', 'images'],
  ['patchesJson6902', 'patches'],
  ['patchesStrategicMerge', 'patches'],
  ['vars', 'replacements'],
]

/** Reads a kustomization file. `warn` gets one line for each deprecated field. `directory` is for the messages. */
export function readKustomization(
  text: string,
  file: string,
  directory: string,
  warn: (line: string) => void,
): Kustomization {
  const value = within('invalid Kustomization', () => parseFile(text, file))
  const decoded = within('invalid Kustomization', () =>
    located({ file }, () => kustomization(value ?? {}, 'Kustomization')),
  )
  for (const [field, instead] of deprecated) {
    if (decoded[field] === undefined) continue
    const experimental = field === 'vars' ? '[EXPERIMENTAL] ' : ''
    warn(`# Warning: '${field}' is deprecated. Please use '${instead}' instead. ${experimental}${editFix}`)
  }
  const fixed = modernized(decoded)
  if (Object.keys(decoded).every(field => field === 'kind' || field === 'apiVersion')) {
    throw new KustomizeError('kustomization.yaml is empty', {
      file,
    })
  }
  const wrong = wrongType(fixed)
  if (wrong.length > 0) {
    throw new KustomizeError(`Failed to read kustomization file under ${directory}:\n${wrong.join('\n')}`, { file })
  }
  return fixed
}

/** Legacy fields moved into their successors. */
function modernized(k: Kustomization): Kustomization {
  const kind = k.kind || 'Kustomization'
  const { bases, imageTags, helmChartInflationGenerator, ...rest } = k
  const fixed: Kustomization = {
    ...rest,
    kind,
    apiVersion: k.apiVersion || `kustomize.config.k8s.io/${kind === 'Component' ? 'v1alpha1' : 'v1beta1'}`,
    resources: [...(k.resources ?? []), ...(bases ?? [])],
    images: [...(k.images ?? []), ...(imageTags ?? [])],
  }
  const withEnvs = (args: GeneratorArgs): GeneratorArgs =>
    args.env ? { ...args, envs: [...(args.envs ?? []), args.env] } : args
  if (k.configMapGenerator) fixed.configMapGenerator = k.configMapGenerator.map(withEnvs)
  if (k.secretGenerator) fixed.secretGenerator = k.secretGenerator.map(withEnvs)
  if (helmChartInflationGenerator) {
    // The last that says so decides for all.
    const last = (values: (string | undefined)[]) => values.findLast(value => value)
    fixed.helmGlobals ??= {
      chartHome: last(helmChartInflationGenerator.map(args => args.chartHome)) ?? '',
      configHome: last(helmChartInflationGenerator.map(args => args.helmHome)) ?? '',
    }
    fixed.helmCharts = [
      ...(k.helmCharts ?? []),
      ...helmChartInflationGenerator.map(args => ({
        name: args.chartName ?? '',
        version: args.chartVersion ?? '',
        repo: args.chartRepoUrl ?? '',
        releaseName: args.releaseName ?? '',
        valuesFile: args.values ?? '',
        valuesInline: args.valuesLocal,
        valuesMerge: args.valuesMerge ?? '',
      })),
    ]
  }
  return fixed
}

function wrongType(k: Kustomization): string[] {
  const wrong: string[] = []
  if (k.kind !== 'Kustomization' && k.kind !== 'Component') wrong.push('kind should be Kustomization or Component')
  const version = `kustomize.config.k8s.io/${k.kind === 'Component' ? 'v1alpha1' : 'v1beta1'}`
  if (k.apiVersion !== version) wrong.push(`apiVersion for ${k.kind} should be ${version}`)
  return wrong
}
