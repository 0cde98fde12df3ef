/**
 * Stands in for our own program in the tests of the node: says what it was given, serves its health on a free port, and ends when it is told to, when its
 * stdin ends, or at once with the code that `--exit` names.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'

const { KUBECONFIG = '', POD_NAME, RUNTIME_NAMESPACE, SLUICE_HEALTH_PORT_FILE = '', GREETING, SECRET } = process.env
const args = process.argv.slice(2)
const say = (what: unknown) =>
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), ...Object(what) })}\n`)

const exit = args.find(arg => arg.startsWith('--exit='))
const token = readFileSync(join(KUBECONFIG, '..', 'token'), 'utf8')
const [, claims = ''] = token.split('.')
const { sub } = JSON.parse(Buffer.from(claims, 'base64url').toString())
say({ args, pod: POD_NAME, namespace: RUNTIME_NAMESPACE, sub, greeting: GREETING, secret: SECRET })
const file = args.find(arg => arg.startsWith('--file='))?.slice('--file='.length)
if (file !== undefined) say({ file: existsSync(file) ? readFileSync(file, 'utf8') : 'none' })

if (exit !== undefined) process.exit(Number(exit.slice('--exit='.length)))

const server = createServer((_, response) => response.end('ok'))
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') writeFileSync(SLUICE_HEALTH_PORT_FILE, String(address.port))
})
process.stdin.resume().on('end', () => process.exit(0))
process.on('SIGTERM', () => process.exit(0))
