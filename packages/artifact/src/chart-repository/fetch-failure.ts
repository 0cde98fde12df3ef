/** Why something could not be had from a chart repository, in the words of Go's HTTP client and Helm's getter. */
export class ChartFetchError extends Error {
  override name = 'ChartFetchError'
}

/** More came than may. */
export class ChartSizeError extends ChartFetchError {
  override name = 'ChartSizeError'
}
