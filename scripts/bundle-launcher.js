/**
 * All of `dist/sluice.js`. The program is beside it in `sluice.parts`, packed: a part is unpacked and compiled when a command first needs it, and
 * the next start finds it compiled (`bundle-code-cache.js`). `scripts/build.mjs` puts in what stands in capitals.
 *
 * It runs as an ES module (in a package of such) as well as a CommonJS module (copied to anywhere), so what is built of it has the syntax of neither.
 */
import { openCodeCache } from './bundle-code-cache.js'

if (Number.parseInt(process.versions.node, 10) < 24) {
  process.stderr.write(`✗ sluice needs Node.js 24 or newer; this is ${process.version} (${process.execPath})\n`)
  process.exit(1)
}
const fs = process.getBuiltinModule('node:fs')
// A chart is rendered before code that is optimized most is worth its making, but to say so is only worth it for more than a few templates. Kept code
// fits these flags only: they are set first, and stay. Nor does the heap grow so much that marking it bit by bit meanwhile would help.
const ownFlags =
  process.argv[2] === 'template' && process.argv.slice(3).some(isLargeChart)
    ? ['--no-opt', '--no-incremental-marking']
    : []
for (const flag of ownFlags) process.getBuiltinModule('node:v8').setFlagsFromString(flag)

/** Part -> where it begins in `sluice.parts` and how long it is, in bytes. */
const parts = SLUICE_PARTS
const started = process.argv[1]
const path = fs.realpathSync(fs.existsSync(started) ? started : `${started}.js`)
const url = process.getBuiltinModule('node:url').pathToFileURL(path).href
const partsPath = path.replace(/[^/\\]*$/, 'sluice.parts')
// Held open: another build may replace it.
const file = openParts()
const loaded = new Map()
const compiled = openCodeCache(SLUICE_BUILD, ownFlags.join(' '))

function isLargeChart(path) {
  try {
    return fs.readdirSync(`${path}/templates`).length > 15
  } catch {
    return false
  }
}

function openParts() {
  try {
    return fs.openSync(partsPath, 'r')
  } catch (error) {
    process.stderr.write(`✗ sluice is in two files, and one is missing: ${error.message}\n`)
    process.exit(1)
  }
}

class UnfitParts extends Error {}

function textOf([from, length]) {
  const build = Buffer.alloc(SLUICE_BUILD.length)
  fs.readSync(file, build, 0, build.length, 0)
  const packed = Buffer.alloc(length)
  if (build.latin1Slice() !== SLUICE_BUILD || fs.readSync(file, packed, 0, length, from) !== length) {
    throw new UnfitParts(`${partsPath} is of another build than ${path}: start the program again, or install it anew`)
  }
  return process.getBuiltinModule('node:zlib').zstdDecompressSync(packed).toString('utf8')
}

/** What `require` is to a part: another part, or a module of Node; with `hasDefault` as `import` sees it. */
function load(id, hasDefault) {
  const place = parts[id]
  if (!place) return hasDefault || isCostly(id) ? whenUsed(id, hasDefault) : nodeModule(id)
  let module = loaded.get(id)
  if (module) return module.exports
  module = { exports: {} }
  loaded.set(id, module)
  const names = '(function(exports,require,module,SLUICE_URL){'
  const run = compiled.run(id, `${path}/${id.slice(2)}`, () => `${names}${textOf(place)}\n})`)
  run.call(module.exports, module.exports, load, module, url)
  return module.exports
}

load.later = id => {
  let exports
  return () => (exports ??= load(id))
}

/** Modules of Node that take a millisecond or so to load, and are often imported for what is then not called. */
const costly = new Set([
  ...['child_process', 'crypto', 'dns', 'fs/promises', 'http', 'http2', 'https', 'net', 'os', 'readline'],
  ...['stream', 'stream/promises', 'tls', 'worker_threads', 'zlib'],
])

const isCostly = id => costly.has(id.replace(/^node:/, ''))

let builtin
function nodeModule(id) {
  const found = process.getBuiltinModule(id)
  if (found) return found
  builtin ??= process.getBuiltinModule('node:module').createRequire(path)
  return builtin(id)
}

/** Stands for a module of Node, which is loaded when something of it is used. */
function whenUsed(id, hasDefault) {
  let module
  let itsDefault
  const its = () => (module ??= nodeModule(id))
  const asDefault = () => (itsDefault ??= isCostly(id) ? whenUsed(id) : its())
  return new Proxy(
    {},
    {
      get: (_, key) => (hasDefault && key === 'default' ? asDefault() : its()[key]),
      has: (_, key) => key in its(),
      ownKeys: () => Reflect.ownKeys(its()),
      getOwnPropertyDescriptor: (_, key) => {
        const found = Object.getOwnPropertyDescriptor(its(), key)
        return found && { ...found, configurable: true }
      },
    },
  )
}

try {
  load('./main.js')
} catch (error) {
  if (!(error instanceof UnfitParts)) throw error
  process.stderr.write(`✗ ${error.message}\n`)
  process.exit(1)
}
