/**
 * The door to where charts come from: something that finds a version and gives its archive. HTTP repositories are one;
 * registries (OCI) will be another behind the same two calls.
 */

/** One version of a chart on offer. */
export interface ChartOffer {
  name: string
  version: string
  /** Where the archives are, absolute or relative to the repository. */
  urls: readonly string[]
  /** Of the archive, as the repository says: hex, may be empty. */
  digest: string
}

export interface ChartSource {
  /**
   * The version wanted: an exact one, else the newest within a range; the newest stable one for `*` and ''.
   * @throws {ChartReferenceError} no such chart, version or range
   * @throws {ChartFetchError} the repository could not be asked
   */
  find(name: string, version: string): Promise<ChartOffer>
  /** The chart's archive as published. @throws {ChartFetchError} */
  download(offer: ChartOffer): Promise<Uint8Array>
}

/** The repository has no such chart, or the range is none; in Helm's words. */
export class ChartReferenceError extends Error {
  override name = 'ChartReferenceError'
}
