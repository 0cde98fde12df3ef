/** `az`'s three-state flags: `--suspend` alone means true, `--suspend false` false, and without it nothing is said. */
import { InvalidArgumentError, Option } from 'commander'

export function threeState(flags: string, description: string): Option {
  return new Option(`${flags} [true|false]`, description).preset('true').argParser(booleanArgument)
}

function booleanArgument(text: string): boolean {
  const lower = text.toLowerCase()
  if (['true', 't', 'yes', 'y', '1'].includes(lower)) return true
  if (['false', 'f', 'no', 'n', '0'].includes(lower)) return false
  throw new InvalidArgumentError('Allowed values: true, false.')
}
