/** `sluice login`: gets a token from a fleet service for a name and password, and keeps it for the other commands. */
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { type OutputFormat, outputOption } from '../output.ts'
import { UsageError } from '../usage-error.ts'

interface LoginOptions {
  service: string
  username: string
  password?: string
  passwordFile?: string
  passwordStdin?: boolean
  ca?: string
  subscription?: string
  output: OutputFormat
}

export function register(program: Command): void {
  program
    .command('login')
    .description('log in to a fleet service')
    .requiredOption('-s, --service <url>', 'address of the service, https://host:port')
    .requiredOption('-u, --username <name>', 'name of the user or application')
    .option(
      '-p, --password <secret>',
      'password or client secret (others on this machine may see it: prefer the next two)',
    )
    .option('--password-file <file>', 'file that holds the password')
    .option('--password-stdin', 'read the password from stdin')
    .option('--ca <file>', "certificate of the service's authority, PEM")
    .option('--subscription <id>', 'what commands use when they name none')
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Without a password option it is asked for on the terminal, or taken from $SLUICE_PASSWORD.
The login is kept in $SLUICE_HOME/login or ~/.sluice/login, readable by you only.

Examples:
  sluice login -s https://localhost:8443 -u admin --ca ./fleet/ca.pem --password-file ./fleet/admin-secret`,
    )
    .action(run)
  program
    .command('logout')
    .description('forget the login')
    .action(async () => {
      const { removeLogin } = await import('../login-file.ts')
      removeLogin()
    })
}

async function fromStdin(): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of process.stdin) parts.push(Buffer.from(part))
  return Buffer.concat(parts).toString('utf8').trimEnd()
}

/** Asks on the terminal without showing what is typed. */
async function fromTerminal(question: string): Promise<string> {
  const { createInterface } = await import('node:readline/promises')
  const { Writable } = await import('node:stream')
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true })
  process.stderr.write(question)
  try {
    return await terminal.question('')
  } finally {
    terminal.close()
    process.stderr.write('\n')
  }
}

async function passwordOf(options: LoginOptions): Promise<string> {
  const { password, passwordFile, passwordStdin } = options
  if ([password, passwordFile, passwordStdin].filter(one => one !== undefined).length > 1) {
    throw new UsageError('Give one of --password, --password-file and --password-stdin.')
  }
  if (password !== undefined) return password
  if (passwordFile !== undefined) return readFileSync(passwordFile, 'utf8').trim()
  if (passwordStdin) return fromStdin()
  if (process.env.SLUICE_PASSWORD) return process.env.SLUICE_PASSWORD
  if (process.stdin.isTTY) return fromTerminal(`Password of ${options.username}: `)
  throw new UsageError('A password is needed: --password-file FILE, --password-stdin or $SLUICE_PASSWORD.')
}

async function run(options: LoginOptions): Promise<void> {
  const [{ requestToken }, { saveLogin, loginPath }, { print }] = await Promise.all([
    import('../request-token.ts'),
    import('../login-file.ts'),
    import('../output.ts'),
  ])
  const ca = options.ca === undefined ? undefined : readFileSync(options.ca, 'utf8')
  const login = await requestToken({
    service: options.service,
    username: options.username,
    password: await passwordOf(options),
    ...(ca === undefined ? {} : { ca }),
  })
  saveLogin({ ...login, ...(options.subscription === undefined ? {} : { subscription: options.subscription }) })
  const { service, username, role, expiresAt } = login
  const shown = { service, username, role, expiresAt, file: loginPath() }
  print(options.output, shown, () => ({
    columns: ['service', 'username', 'role', 'expiresAt'],
    rows: [[service, username, role, expiresAt]],
  }))
}
