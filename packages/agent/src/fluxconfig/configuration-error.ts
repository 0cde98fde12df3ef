/** A configuration that cannot become objects until somebody changes it. The message names the field and the cure, never a secret. */
export class ConfigurationError extends Error {
  override name = 'ConfigurationError'
}
