/** `sluice completion`: a script by which a shell completes our words and options. */
import { Argument, type Command } from 'commander'
import { completionScript, type Shell, shells, type Word } from '../completion-script.ts'
import { writeOut } from '../standard-output.ts'

export function register(program: Command): void {
  program
    .command('completion')
    .description('print the completion script of a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .addHelpText(
      'after',
      `
Examples:
  source <(sluice completion bash)
  sluice completion zsh > "\${fpath[1]}/_sluice"
  sluice completion fish > ~/.config/fish/completions/sluice.fish`,
    )
    .action(async (shell: Shell) => {
      writeOut(completionScript(shell, await words()))
    })
}

/** Every command with its subcommands and options, from the commands themselves. */
async function words(): Promise<Word[]> {
  const [{ commandTable }, { Command: Program }] = await Promise.all([
    import('../command-table.ts'),
    import('commander'),
  ])
  const program = new Program('sluice')
  // Some modules bring several words.
  const modules = new Set(await Promise.all(commandTable.map(entry => entry.load())))
  for (const module of modules) module.register(program)
  return program.commands.map(wordOf)
}

function wordOf(command: Command): Word {
  const options = command.options.filter(option => !option.hidden)
  return {
    name: command.name(),
    description: command.description(),
    options: options.flatMap(option => (option.long ? [{ name: option.long, description: option.description }] : [])),
    words: command.commands.map(wordOf),
  }
}
