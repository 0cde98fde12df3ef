/**
 * Builds the command line for one invocation: every word is listed in the help, but only the module of the word that was asked
 * for is loaded.
 */
import { Command, Help, type Option } from 'commander'
import { commandTable } from './command-table.ts'
import { mayBeTerminal, outputStream, writeOut } from './standard-output.ts'
import { version } from './version.ts'

const epilogue = `
Exit codes: 0 done, 1 failed, 2 wrong usage.

Examples:
  sluice up                                    start everything on this machine and stay
  sluice up --until ready --json               start, wait until all is Compliant, print, stop
  sluice get all -A                            what is deployed, and is it ready?
  sluice reconcile kustomization apps --with-source
  sluice <command> --help                      options and examples of one command`

/** The words of the arguments that are not options. */
const words = (args: readonly string[]): string[] => args.filter(arg => !arg.startsWith('-'))

/** Without what a flag stands for when it has no value: that is of use to programmers only. */
function optionDescription(option: Option): string {
  const shown: Option = Object.create(option, { presetArg: { value: undefined } })
  return new Help().optionDescription(shown)
}

function terminal(): NodeJS.WriteStream | undefined {
  const stream = mayBeTerminal() ? outputStream() : undefined
  return stream?.isTTY ? stream : undefined
}

/** The program with the command that `args` ask for loaded; all others are listed where somebody may see the list. */
export async function buildProgram(args: readonly string[]): Promise<Command> {
  const program = new Command('sluice')
    // What follows a command is the command's: several have a --version of their own.
    .enablePositionalOptions()
    .helpOption('-h, --help', 'show help')
    .showSuggestionAfterError()
    .exitOverride()
    .configureHelp({ optionDescription })
    .configureOutput({
      outputError: (text, write) => write(text.replace(/^error: /, '✗ ')),
      writeOut,
      getOutHelpWidth: () => terminal()?.columns ?? 80,
      getOutHasColors: () => false,
    })
  const [first, second] = words(args)
  const word = first === 'help' ? second : first
  const asked = commandTable.find(entry => entry.word === word)
  if (asked) (await asked.load()).register(program)
  // Nobody asks for the program's own options or the list of commands then.
  if (asked && args[0] === word) return program
  program
    .description('GitOps for fleets of Kubernetes clusters')
    .version(version(), '-V, --version', 'print the version')
    .addHelpText('after', epilogue)
  for (const { word, summary } of commandTable) {
    if (!program.commands.some(command => command.name() === word)) program.command(word).description(summary)
  }
  return program
}
