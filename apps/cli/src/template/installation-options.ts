/**
 * Options of `helm template` that are about installing. Rendering does not depend on them, in helm as here: they are
 * checked, so that one command line serves `helm install` and this, and a wrong one fails in both.
 */
import { type Command, InvalidArgumentError, Option } from 'commander'

const systemLabels = ['name', 'owner', 'status', 'version', 'createdAt', 'modifiedAt']

/** Adds them; those that helm keeps only for the sake of old scripts are not in the help. */
export function withInstallationOptions(command: Command): Command {
  const shown: [flags: string, about: string, check?: (value: string) => unknown][] = [
    ['--create-namespace', 'for installing; checked only, as all that follow'],
    ['--description <text>', 'for installing'],
    ['--force-replace', 'for installing'],
    ['--replace', 'for installing'],
    ['--rollback-on-failure', 'for installing'],
    ['--server-side', 'for installing'],
    ['--skip-crds', 'for installing; without --include-crds none are printed'],
    ['-l, --labels <key=value>', 'for installing', checkLabels],
    ['--timeout <duration>', 'for installing', checkDuration],
    ['--wait-for-jobs', 'for installing'],
    ['--burst-limit <count>', 'requests at once', checkNumber],
    ['--qps <count>', 'requests a second', checkNumber],
    ['--content-cache <folder>', 'charts that are fetched are not kept'],
  ]
  for (const [flags, about, check] of shown) command.addOption(checked(new Option(flags, about), check))
  command.addOption(new Option('--force-conflicts', 'for installing').conflicts(['forceReplace', 'force']))
  command.addOption(checked(new Option('--wait [strategy]', 'for installing').preset('watcher'), checkWait))
  for (const flag of ['--force', '--atomic', '--hide-notes', '--render-subchart-notes']) {
    command.addOption(new Option(flag).hideHelp())
  }
  for (const flag of ['--color <mode>', '--colour <mode>']) {
    command.addOption(new Option(flag, 'nothing printed is coloured').choices(['never', 'auto', 'always']))
  }
  return command
}

const checked = (option: Option, check: ((value: string) => unknown) | undefined): Option =>
  check ? option.argParser(check) : option

function checkLabels(text: string): string {
  for (const pair of text.split(',')) {
    const [name = '', value] = pair.split('=')
    if (value === undefined) throw new InvalidArgumentError(`${pair} must be formatted as key=value`)
    if (!systemLabels.includes(name)) continue
    const reserved = `user supplied labels contains system reserved label name. System labels: [${systemLabels.join(' ')}]`
    throw new InvalidArgumentError(reserved)
  }
  return text
}

/** As Go reads durations: `90s`, `1h30m`, `1.5h`. */
function checkDuration(text: string): string {
  if (text === '0' || /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(text)) return text
  throw new InvalidArgumentError('It is no duration such as 5m0s.')
}

function checkNumber(text: string): string {
  if (/^\d+(?:\.\d+)?$/.test(text)) return text
  throw new InvalidArgumentError('It is no number.')
}

function checkWait(text: string): string {
  if (['watcher', 'hookOnly', 'legacy', 'true', 'false'].includes(text)) return text
  throw new InvalidArgumentError(`Valid inputs are watcher, hookOnly, and legacy.`)
}
