/** What `user create|update|list|delete` do. */
import { readFileSync } from 'node:fs'
import { FleetClient, isJson, type Json } from '../fleet-client.ts'
import { readLogin } from '../login-file.ts'
import { type OutputFormat, print, type Table } from '../output.ts'
import { UsageError } from '../usage-error.ts'

export interface UserOptions {
  output: OutputFormat
}

export interface UserCreateOptions extends UserOptions {
  role?: string
  secretFile?: string
  newSecret?: boolean
}

const VERSION = 'v1'
const path = (name: string): string => `/access/v1/users/${encodeURIComponent(name)}`
const client = (): FleetClient => new FleetClient(readLogin(new Date()))

function userTable(users: Json[]): Table {
  const columns = ['name', 'role', users.some(user => 'secret' in user) ? 'secret' : 'createdAt']
  return { columns, rows: users.map(user => columns.map(column => String(user[column] ?? ''))) }
}

const secretOf = ({ secretFile }: UserCreateOptions): { secret?: string } =>
  secretFile === undefined ? {} : { secret: readFileSync(secretFile, 'utf8').trim() }

async function put(name: string, body: Json, output: OutputFormat): Promise<void> {
  const answer = await client().request('PUT', path(name), VERSION, body)
  const user = isJson(answer.body) ? answer.body : {}
  print(output, user, () => userTable([user]))
}

async function all(): Promise<Json[]> {
  return client().list('/access/v1/users', VERSION)
}

export async function create(name: string, options: UserCreateOptions): Promise<void> {
  if ((await all()).some(user => user.name === name)) {
    throw new Error(`There is a user '${name}' already: change them with 'sluice user update'.`)
  }
  await put(name, { role: options.role, ...secretOf(options) }, options.output)
}

export async function update(name: string, options: UserCreateOptions): Promise<void> {
  const { role, newSecret, secretFile } = options
  if (role === undefined && !newSecret && secretFile === undefined) {
    throw new UsageError('Say what to change: --role, --new-secret or --secret-file.')
  }
  const user = (await all()).find(one => one.name === name)
  if (user === undefined) throw new Error(`There is no user '${name}'.`)
  await put(
    name,
    { role: role ?? user.role, ...secretOf(options), ...(newSecret ? { newSecret } : {}) },
    options.output,
  )
}

export async function list(options: UserOptions): Promise<void> {
  const users = await all()
  print(options.output, users, () => userTable(users))
}

export async function remove(name: string): Promise<void> {
  await client().request('DELETE', path(name), VERSION)
}
