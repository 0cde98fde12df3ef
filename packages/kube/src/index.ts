/** The client's side of a Kubernetes API: access, discovery, requests, watch caches. */
export { ApiError, ConnectionError, isConflict, isNotFound } from './api-error.ts'
export {
  type DeleteOptions,
  type KindRef,
  KubeClient,
  type ListOptions,
  type PatchType,
  serviceAccountUser,
  type WatchEvent,
  type WriteOptions,
} from './client.ts'
export { apiVersionOf, Discovery, NoMatchError, type ResourceInfo, resourcePath, sameGroupKind } from './discovery.ts'
export { type Change, Informer, type InformerOptions, isNewer, keyOf } from './informer.ts'
export {
  accessFromFile,
  accessFromKubeconfig,
  type ClusterAccess,
  defaultAccess,
  KubeconfigError,
} from './kubeconfig.ts'
export { type Impersonation, Transport } from './transport.ts'
