/** kustomize as a pure function: from a tree of files to Kubernetes objects, byte for byte as the real tool writes them. */
export { type BuildOptions, type BuildResult, type BuiltDocument, build, type ReadRecord } from './build.ts'
export { buildFetching, type UrlFetcher } from './build-fetching.ts'
export type { BuildStep, FieldChange, ObjectTrace } from './build-trace.ts'
export { ByteBoundedMap } from './byte-bounded-map.ts'
export {
  addItems,
  addPatch,
  type ListField,
  type PatchSource,
  removeItems,
  removePatch,
  setImages,
  setItems,
  setReplicas,
  setText,
  type TextField,
} from './edit.ts'
export {
  addToGenerator,
  type GeneratorKind,
  type GeneratorSources,
  removeGenerators,
  setInGenerator,
} from './edit-generator.ts'
export { addPairs, type PairKind, removePairs, setPairs } from './edit-pairs.ts'
export type { EditableFile } from './edited-fields.ts'
export { type DirectoryEntry, type FileTree, listingDigest, memoryTree, overlayTree } from './file-tree.ts'
export { fixFields } from './fix-fields.ts'
export {
  type FluxImage,
  type FluxKustomizationResult,
  type FluxKustomizationSpec,
  type FluxPatch,
  fluxKustomization,
} from './flux-kustomization.ts'
export { heldBytes } from './held-bytes.ts'
export type { ChartFile, ChartRequest, HelmEngine } from './helm-engine.ts'
export { kustomizationFileNames } from './kustomization-file-names.ts'
export { KustomizeError } from './kustomize-error.ts'
export { boundedLayerCache, type LayerCache } from './layer-cache.ts'
export type { KustomizeVersion } from './layer-context.ts'
export {
  isFileUrl,
  type LoadRestrictor,
  type RemoteDirectory,
  type RemoteResolver,
} from './loader.ts'
export type { Origin } from './origin.ts'
export { boundedParseCache, type ParseCache } from './parse-cache.ts'
export { isRemote, parseRepositoryUrl, type RepositoryUrl } from './repository-url.ts'
export { type SubstituteOptions, type SubstitutionVariables, substitute } from './substitute.ts'
