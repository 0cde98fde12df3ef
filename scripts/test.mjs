/**
 * `npm test`: sets up what it lacks (Debian packages, kubectl and helm; scripts/task.mjs did the dependencies), runs the checks, then every test, and closes with
 * one line `N passed, N failed`. With arguments (`npm test -- kustomize prune`) only test files whose path contains one of them run, without the checks.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { check } from './check.mjs'
import { environment, fail, node, root, run, say } from './set-up.mjs'

/** Programs that tests run, and the Debian package that brings each. */
const programs = [
  { program: 'git', debian: 'git', purpose: 'repositories, and the git server (git http-backend)' },
  { program: 'openssl', debian: 'openssl', purpose: 'certificates of test servers' },
  { program: 'ssh-keygen', debian: 'openssh-client', purpose: 'repositories over SSH' },
  { program: 'sshd', debian: 'openssh-server', purpose: 'repositories over SSH' },
  // Not everywhere to be had: where it is missing, the tests that need it are skipped and say so.
  { program: 'docker-registry', debian: 'docker-registry', purpose: 'artifacts in registries', optional: true },
]

/** Daemons are not in everybody's PATH. */
const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
const onPath = program => folders.some(folder => existsSync(join(folder, program)))

/** Installs missing programs when we may, names the command otherwise. */
function installPrograms() {
  const missing = programs.filter(({ program }) => !onPath(program))
  if (missing.length === 0) return
  const packages = [...new Set(missing.map(({ debian }) => debian))]
  const command = `apt-get install -y --no-install-recommends ${packages.join(' ')}`
  for (const { program, debian, purpose } of missing)
    say(`Missing: ${program} (Debian package ${debian}), for ${purpose}`)
  const optional = missing.every(program => program.optional)
  if (process.getuid?.() !== 0 || !onPath('apt-get')) {
    if (optional) return
    fail(`Install what is missing, then try again:\n  sudo ${command}`)
  }
  say(`Installing: ${command}`)
  const options = { stdio: ['ignore', 2, 2], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }
  spawnSync('apt-get', ['update', '-q'], options)
  const { status } = spawnSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], options)
  if (status !== 0 && !optional) fail(`"${command}" failed; its messages are above.`)
}

/** Real kubectl and helm, unpacked once. */
async function unpackTools() {
  const { kubectl, helm } = await import('./test-tools.mjs')
  await kubectl()
  await helm()
}

/** Runs the test files, two at a time: they start API servers and controllers of their own. */
async function runTests(files) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-test-'))
  const counts = join(folder, 'counts.json')
  try {
    const args = [
      '--test',
      '--test-concurrency=2',
      '--test-timeout=600000',
      `--test-reporter=${join(root, 'scripts', 'test-reporter.mjs')}`,
      '--test-reporter-destination=stdout',
    ]
    const code = await run(node, [...args, ...files], { env: environment({ SLUICE_TEST_COUNTS: counts }) })
    if (!existsSync(counts)) return { passed: 0, failed: 1, skipped: 0 }
    const result = JSON.parse(readFileSync(counts, 'utf8'))
    // A runner that ends badly though every test passed (a leak, a crash after the last one) has failed.
    return { ...result, failed: code === 0 ? result.failed : Math.max(1, result.failed) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const wanted = process.argv.slice(2)
installPrograms()
await unpackTools()
const files = globSync('{apps,packages,conformance,scripts}/**/*.test.{ts,mjs}', {
  cwd: root,
  exclude: path => path.includes('node_modules'),
})
  .filter(file => wanted.length === 0 || wanted.some(text => file.includes(text)))
  .sort()
if (files.length === 0) fail(`No test file's path contains ${wanted.join(' or ')}.`, 2)
const checked = wanted.length === 0 ? await check() : { passed: 0, failed: 0 }
const tested = await runTests(files)
const passed = checked.passed + tested.passed
const failed = checked.failed + tested.failed
process.stdout.write(`\n${passed} passed, ${failed} failed${tested.skipped ? `, ${tested.skipped} skipped` : ''}\n`)
process.exitCode = failed ? 1 : 0
