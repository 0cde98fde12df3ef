/** What sigs.k8s.io/yaml says of a text that it cannot read; of other errors their own message. */
import { YamlError } from '@sluice/yaml'

export function yamlReason(error: unknown): string {
  if (error instanceof YamlError) return `error converting YAML to JSON: ${error.sigsMessage}`
  return error instanceof Error ? error.message : String(error)
}
