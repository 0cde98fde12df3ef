/** Source content: fetched from Git, chart repositories and registries, packed, stored, served, and read again as files in memory. */
export * from './chart-repository/index.ts'
export {
  type ContentNode,
  componentsOf,
  type DirectoryNode,
  directoryNode,
  type FileNode,
  nodeAt,
  walk,
} from './content.ts'
export {
  ArtifactDigestError,
  ArtifactFetchError,
  ArtifactNotFoundError,
  type DownloadOptions,
  downloadArtifact,
  type FetchArtifactOptions,
  fetchArtifact,
} from './fetch-artifact.ts'
export { type DirectoryEntry, type FileTree, MemoryTree, type TreeFile } from './file-tree.ts'
export * from './git/index.ts'
export { IGNORE_FILE, type IgnoreFile, type IgnoreFilter, ignoreFilter } from './ignore.ts'
export * from './oci/index.ts'
export { ContentLimitError, type Packed, type PackOptions, pack } from './pack.ts'
export { type ArtifactServer, type ArtifactServerOptions, serveArtifacts } from './serve.ts'
export * from './signature/index.ts'
export { ArtifactIntegrityError, type ArtifactName, ArtifactStore, type StoreOptions } from './store.ts'
export { TreeCache } from './tree-cache.ts'
export { UntarError, type UntarOptions, untar } from './untar.ts'
