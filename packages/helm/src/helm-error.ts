/** What is wrong with a chart, its values or what its templates render, in Helm's words. */
export class HelmError extends Error {
  override name = 'HelmError'
}
