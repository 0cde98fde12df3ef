/** `--timeout`, a Go duration as `flux` takes it, in milliseconds. */
import { parseDuration } from '@sluice/controller'
import { InvalidArgumentError, Option } from 'commander'

export const timeoutOption = (fallback: string): Option =>
  new Option('--timeout <duration>', 'how long to wait, for instance 90s or 5m')
    .argParser(durationArgument)
    .default(durationArgument(fallback), fallback)

export function durationArgument(text: string): number {
  const milliseconds = parseDuration(text)
  if (milliseconds === undefined) throw new InvalidArgumentError('It is no duration such as 30s, 5m or 1h30m.')
  return milliseconds
}
