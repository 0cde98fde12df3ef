/**
 * What a fresh clone lacks, in one place for all scripts: the dependencies of the lock file (Node 26 among them) and the
 * environment in which our programs run. Plain JavaScript for Node 20 and newer, with nothing but Node, since it runs before anything is
 * installed. Everything it says goes to stderr: stdout belongs to the program.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
const windows = process.platform === 'win32'
/** The Node that the repository pins. */
export const node = join(root, 'node_modules', 'node', 'bin', windows ? 'node.exe' : 'node')
/** The command line as it runs from its sources. */
export const main = join(root, 'apps', 'cli', 'src', 'main.ts')

/** One line for the person who waits. */
export const say = text => process.stderr.write(`${text}\n`)

/** Ends the process with a message: what is wrong and what to do. */
export function fail(text, code = 1) {
  say(text)
  process.exit(code)
}

const packagesOf = file => JSON.parse(readFileSync(join(root, file), 'utf8')).packages ?? {}

/** Why the installed packages are not those of the lock file, or nothing. Packages for other platforms are optional and may be missing. */
function outdated() {
  if (!existsSync(join(root, 'node_modules', '.package-lock.json'))) return 'they are not installed yet'
  const wanted = packagesOf('package-lock.json')
  const installed = packagesOf(join('node_modules', '.package-lock.json'))
  for (const [path, { version, integrity, optional }] of Object.entries(wanted)) {
    // npm's own record leaves out what lies in the folder of a workspace: there the package tells its version.
    const there = installed[path] ?? (path.includes('/node_modules/') ? versionOf(path) : undefined)
    if (path === '' || (!there && optional)) continue
    const same = there?.version === version && (there?.integrity ?? integrity) === integrity
    if (!same) return `${path} is not as in package-lock.json`
  }
}

/** Name and version of the package in a folder, when there is one. */
function versionOf(path) {
  const file = join(root, path, 'package.json')
  return existsSync(file) ? { version: JSON.parse(readFileSync(file, 'utf8')).version } : undefined
}

/** Runs npm, its output on our stderr. */
const npm = args => spawnSync('npm', args, { cwd: root, stdio: ['ignore', 2, 2], shell: windows })

/** Node 26 is a package whose install script fetches the binary; an npm that ran no scripts left it out. */
function installNode() {
  if (existsSync(node)) return
  say('Setting up Node 26 (npm did not run the install script of its package)')
  const { status } = spawnSync(process.execPath, ['installArchSpecificPackage'], {
    cwd: join(root, 'node_modules', 'node'),
    stdio: ['ignore', 2, 2],
  })
  if (status !== 0 || !existsSync(node))
    fail(`Node 26 could not be set up: ${node} is missing. Run "npm rebuild node" to see why.`)
}

/** Installs what is missing or old; does nothing, in a few milliseconds, when all is there. */
export function setUp() {
  const why = outdated()
  if (why) {
    const began = Date.now()
    say(`Setting up dependencies with "npm ci": ${why}. This takes about half a minute, once.`)
    const { status, error } = npm(['ci', '--loglevel=notice'])
    if (error)
      fail(`npm could not be started (${error.message}). Install Node.js 20 or newer with npm, then try again.`)
    if (status !== 0) fail('"npm ci" failed; its messages are above. Without network it needs a filled npm cache.')
    say(`Dependencies are set up (${((Date.now() - began) / 1000).toFixed(0)} s).`)
  }
  installNode()
}

/** The environment of our programs: the pinned Node and the tools of the lock file first, compiled code kept for the next start. */
export function environment(extra = {}) {
  const bin = join(root, 'node_modules', '.bin')
  return {
    ...process.env,
    PATH: `${dirname(node)}${delimiter}${bin}${delimiter}${process.env.PATH ?? ''}`,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(root, 'node_modules', '.cache', 'compile'),
    ...extra,
  }
}

/** Runs a program in our place: same stdio, signals passed on, its exit code becomes ours. */
export function become(command, args, options = {}) {
  const child = spawn(command, args, { stdio: 'inherit', env: environment(), ...options })
  // A terminal sends Ctrl-C to the whole process group, so the child has it already; a supervisor signals only us.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    })
  }
  child.on('error', error => fail(`${command} could not be started: ${error.message}`))
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)))
}

/** Runs a program to its end and answers its exit code; `stdio` as in spawn. */
export const run = (command, args, options = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', env: environment(), ...options })
    child.on('error', reject)
    child.on('exit', (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 0)))
  })
