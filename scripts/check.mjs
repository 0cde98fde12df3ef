/**
 * `npm run check`: format and lint (biome), types (tsc), unused code (knip), boundaries. All at once; the output of a check is printed only
 * when it fails. Exit code 1 when one did.
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { environment, node, root, say } from './set-up.mjs'

const checks = [
  {
    name: 'format and lint',
    command: 'biome',
    args: ['ci', '--colors=off', '--diagnostic-level=warn', '--error-on-warnings', '--max-diagnostics=50', '.'],
  },
  { name: 'types', command: 'tsc', args: ['-p', '.', '--pretty', 'false'] },
  { name: 'unused code', command: 'knip', args: ['--no-progress', '--no-config-hints'] },
  { name: 'boundaries', command: node, args: ['scripts/boundaries.mjs'] },
]

/** Runs one check to its end with its output kept. */
const outcome = ({ name, command, args }) =>
  new Promise((resolve, reject) => {
    const began = Date.now()
    const child = spawn(command, args, {
      cwd: root,
      env: environment({ NO_COLOR: '1' }),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', text => (output += text))
    child.on('error', reject)
    child.on('close', code => {
      const seconds = ((Date.now() - began) / 1000).toFixed(1)
      say(`${code === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`)
      if (code !== 0)
        process.stdout.write(`\n--- ${name}: ${[command === node ? 'node' : command, ...args].join(' ')}\n${output}\n`)
      resolve(code === 0)
    })
  })

/** Answers how many checks passed and failed. */
export async function check() {
  const passed = (await Promise.all(checks.map(outcome))).filter(Boolean).length
  return { passed, failed: checks.length - passed }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { failed } = await check()
  process.exitCode = failed ? 1 : 0
}
