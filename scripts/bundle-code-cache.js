/**
 * Compiled code, kept from one start of the bundle to the next: to compile what `sluice template` runs takes longer than to render a chart.
 * What a command needed lies in one file of the user's cache folder (`~/.cache/sluice`, or below `NODE_COMPILE_CACHE`;
 * `NODE_DISABLE_COMPILE_CACHE=1` turns it off). A file is of one build, one version of Node, and one first word of the command line. Without it,
 * or with one that does not fit, all works as before; what was compiled then is written when the program ends.
 *
 * A file holds the length of its index (4 bytes), the index (JSON), and for each part its text and its code, each from a multiple of 8 on, as V8
 * wants it.
 */
const fs = process.getBuiltinModule('node:fs')
const { Script } = process.getBuiltinModule('node:vm')

const aligned = offset => (offset + 7) & ~7
const hour = 3600 * 1000
const month = 30 * 24 * hour

/** `ownFlags`: those of V8 that the program has set itself. */
export function openCodeCache(build, ownFlags) {
  const file = fileOf(build, ownFlags)
  const kept = file ? read(file.path) : nothing()
  /** Part -> its script, for those that ran in this process. */
  const scripts = new Map()
  let isNew = false
  if (file) {
    process.once('exit', code => {
      // What is compiled grows with what was asked for: it is written again each time its age has doubled.
      const { born, written } = kept
      const old = Date.now() - written > Math.max(1000, written - born)
      if (code === 0 && (isNew || old)) write(file, kept, scripts)
    })
  }
  return {
    /** The value of a part's text, which `textOf` makes when it is not kept. */
    run(id, filename, textOf) {
      const known = kept.parts.get(id)
      const text = known?.text() ?? textOf()
      const script = new Script(text, { filename, cachedData: known?.code })
      scripts.set(id, { text, script })
      if (!known || script.cachedDataRejected) isNew = true
      return script.runInThisContext()
    },
  }
}

const nothing = () => ({ born: Date.now(), written: 0, parts: new Map() })

/** Undefined where there is no place for it. */
function fileOf(build, ownFlags) {
  const { NODE_DISABLE_COMPILE_CACHE, NODE_COMPILE_CACHE, XDG_CACHE_HOME, LOCALAPPDATA, HOME } = process.env
  const base = NODE_COMPILE_CACHE || XDG_CACHE_HOME || LOCALAPPDATA || (HOME && `${HOME}/.cache`)
  const word = process.argv[2] ?? ''
  if (NODE_DISABLE_COMPILE_CACHE || !base || !/^-{0,2}[a-z0-9][a-z0-9-]{0,30}$/i.test(word)) return undefined
  const folder = `${base}/sluice`
  // Flags of V8 are part of what its code must fit.
  const flags = `${process.execArgv.join(' ')} ${process.env.NODE_OPTIONS ?? ''} ${ownFlags}`.trim()
  const name = [word, build, process.version, process.arch, ...(flags === '' ? [] : [checksum(flags)])].join('_')
  return { folder, path: `${folder}/${name}`, word, build }
}

function checksum(text) {
  let sum = 0
  for (let at = 0; at < text.length; at++) sum = (Math.imul(sum, 31) + text.charCodeAt(at)) | 0
  return (sum >>> 0).toString(36)
}

/** Compiled code is run unseen: nobody but this user may have written it. */
const isOwn = ({ uid, mode }) => process.platform === 'win32' || (uid === process.getuid() && (mode & 0o022) === 0)

function read(path) {
  let file
  try {
    file = fs.openSync(path, 'r')
    const found = fs.fstatSync(file)
    if (!isOwn(found)) return nothing()
    const all = Buffer.allocUnsafeSlow(found.size)
    if (fs.readSync(file, all, 0, found.size, 0) !== found.size) return nothing()
    const { born, size, entries } = JSON.parse(all.utf8Slice(4, 4 + all.readUInt32LE(0)))
    if (size !== found.size) return nothing()
    const parts = new Map()
    for (const [id, isLatin, from, to, codeFrom, codeTo] of entries) {
      const text = isLatin ? () => all.latin1Slice(from, to) : () => all.utf8Slice(from, to)
      parts.set(id, { text, code: all.subarray(codeFrom, codeTo) })
    }
    return { born, written: found.mtimeMs, parts }
  } catch {
    // There is none yet, or it is damaged: the program has all of it.
    return nothing()
  } finally {
    if (file !== undefined) fs.closeSync(file)
  }
}

/** Fails in silence: the next start then takes as long as this one. */
function write({ folder, path, word, build }, { born, parts }, scripts) {
  const own = `${path}.${process.pid}`
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
    if (!isOwn(fs.statSync(folder))) return
    if (parts.size === 0) removeOld(folder, word, build)
    fs.writeFileSync(own, packed(born, parts, scripts), { mode: 0o600, flag: 'wx' })
    fs.renameSync(own, path)
  } catch {
    try {
      fs.unlinkSync(own)
    } catch {
      // It is not there.
    }
  }
}

function packed(born, parts, scripts) {
  const all = new Map([...parts].map(([id, { text, code }]) => [id, { text: text(), code }]))
  for (const [id, { text, script }] of scripts) all.set(id, { text, code: script.createCachedData() })
  const blocks = []
  let end = 0
  const add = block => {
    const from = end
    end = aligned(from + block.length)
    blocks.push(block, Buffer.alloc(end - from - block.length))
    return [from, from + block.length]
  }
  const entries = [...all].map(([id, { text, code }]) => {
    const bytes = Buffer.from(text, 'utf8')
    return [id, bytes.length === text.length, ...add(bytes), ...add(code)]
  })
  // Places count from the begin of the file; how long the index is depends on how many digits they have.
  const indexAt = begin =>
    JSON.stringify({
      born,
      size: begin + end,
      entries: entries.map(([id, isLatin, ...places]) => [id, isLatin, ...places.map(place => begin + place)]),
    })
  const begin = aligned(4 + indexAt(end).length + 64 * entries.length)
  const index = indexAt(begin)
  const head = Buffer.alloc(begin)
  head.writeUInt32LE(index.length, 0)
  head.write(index, 4, 'latin1')
  return Buffer.concat([head, ...blocks])
}

/** Files of builds and versions of Node that are gone. Should one be in use, its next start makes it again. */
function removeOld(folder, word, build) {
  for (const name of fs.readdirSync(folder)) {
    const path = `${folder}/${name}`
    const age = Date.now() - fs.statSync(path).mtimeMs
    const isFollowed = name.startsWith(`${word}_`) && !name.startsWith(`${word}_${build}_`)
    if (age > (isFollowed ? hour : month)) fs.rmSync(path, { force: true })
  }
}
