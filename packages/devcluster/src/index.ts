/**
 * The embedded dev cluster: a Kubernetes API server in this process, with the parts of a control plane that applications need to
 * become ready. It stands in for laptops, tests and demos, never for production.
 */
export { ApiError } from './api-error.ts'
export type {
  ApplyOptions,
  DeleteOptions,
  KindRef,
  LocalClient,
  ObjectEvent,
  Patch,
  PatchOptions,
  SelectOptions,
  User,
  WriteOptions,
} from './local-client.ts'
export { type DevCluster, type DevClusterOptions, startDevCluster } from './start-dev-cluster.ts'
