/** `status.artifact` of a source (Flux `meta.Artifact`). */
export interface Artifact {
  /** Below the storage's root: `<kind>/<namespace>/<name>/<file>`. */
  path: string
  url: string
  revision: string
  /** `sha256:<hex>` of the stored file. */
  digest: string
  /** RFC 3339, whole seconds. */
  lastUpdateTime: string
  /** Bytes of the stored file. */
  size: number
  metadata?: Record<string, string>
}
