/** A kubeconfig, or what it refers to, that cannot be used: says what, where and the cure, and no secret. */
export class KubeconfigError extends Error {
  override name = 'KubeconfigError'
}
