/**
 * The head of `dist/sluice.js`. Below it the file holds the program in parts, a line each, packed and as comments, so that starting Node reads
 * over them: a part is unpacked and compiled when a command first needs it. (All of it, compiled at every start, would take 130 ms,
 * where `sluice --help` takes less than half.) `scripts/build.mjs` puts in what stands in capitals.
 *
 * It runs as an ES module (in this package) as well as a CommonJS module (copied to anywhere), so it has the syntax of neither.
 */

if (Number.parseInt(process.versions.node, 10) < 24) {
  process.stderr.write(`✗ sluice needs Node.js 24 or newer; this is ${process.version} (${process.execPath})\n`)
  process.exit(1)
}
const { closeSync, existsSync, fstatSync, openSync, readSync, realpathSync } = process.getBuiltinModule('node:fs')
const { createRequire } = process.getBuiltinModule('node:module')
const { pathToFileURL } = process.getBuiltinModule('node:url')
const { compileFunction } = process.getBuiltinModule('node:vm')
const { zstdDecompressSync } = process.getBuiltinModule('node:zlib')

/** Part -> where its line begins, counted from the end of the file, and how long it is; in bytes. */
const parts = SLUICE_PARTS
const started = process.argv[1]
const path = realpathSync(existsSync(started) ? started : `${started}.js`)
const url = pathToFileURL(path).href
const builtin = createRequire(path)
const loaded = new Map()
const file = openSync(path, 'r')
const { size } = fstatSync(file)
process.once('exit', () => closeSync(file))

function textOf([fromEnd, length]) {
  const packed = Buffer.allocUnsafe(length)
  if (readSync(file, packed, 0, length, size - fromEnd) !== length) {
    throw new Error(`${path} was replaced while it ran: start the program again`)
  }
  return zstdDecompressSync(Buffer.from(packed.latin1Slice(), 'base64')).toString('utf8')
}

/** What `require` is to a part: another part, or a module of Node. */
function load(id) {
  const found = parts[id]
  if (!found) return builtin(id)
  let module = loaded.get(id)
  if (!module) {
    module = { exports: {} }
    loaded.set(id, module)
    const names = ['exports', 'require', 'module', 'SLUICE_URL']
    const run = compileFunction(textOf(found), names, { filename: `${path}/${id.slice(2)}` })
    run.call(module.exports, module.exports, load, module, url)
  }
  return module.exports
}

load('./main.js')
