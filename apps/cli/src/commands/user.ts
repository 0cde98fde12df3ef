/** `sluice user`: the people and programs that may use the fleet service, for owners. */
import { type Command, Option } from 'commander'
import type { UserCreateOptions, UserOptions } from '../fleet/user-commands.ts'
import { outputOption } from '../output.ts'

const commands = () => import('../fleet/user-commands.ts')

const roleOption = () => new Option('--role <role>', 'what they may do').choices(['Owner', 'Reader'])

export function register(program: Command): void {
  const group = program.command('user').description('users of the fleet service')
  group
    .command('create <name>')
    .description('make a user; without --secret-file a secret is made and printed, once')
    .addOption(roleOption().default('Reader'))
    .option('--secret-file <file>', 'file that holds the secret')
    .addOption(outputOption())
    .action(async (name: string, options: UserCreateOptions) => (await commands()).create(name, options))
  group
    .command('update <name>')
    .description('change the role of a user, or give them a new secret')
    .addOption(roleOption())
    .option('--new-secret', 'make a new secret and print it, once')
    .option('--secret-file <file>', 'file that holds the new secret')
    .addOption(outputOption())
    .action(async (name: string, options: UserCreateOptions) => (await commands()).update(name, options))
  group
    .command('list')
    .description('list the users')
    .addOption(outputOption())
    .action(async (options: UserOptions) => (await commands()).list(options))
  group
    .command('delete <name>')
    .description('remove a user; their tokens end at once')
    .action(async (name: string) => (await commands()).remove(name))
}
