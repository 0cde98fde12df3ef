/**
 * `npm run build`: one file, `dist/sluice.js`, with everything in it that the command line needs: all packages, their dependencies, the
 * example repository. It runs with `node dist/sluice.js` or `npx` on Node 24 or newer; programs it starts (parts of `sluice up`, pods named
 * `sluice`) are the same file again. How it starts is in `bundle-launcher.js`.
 *
 *   node scripts/build.mjs [FOLDER]     instead of dist
 */
import { createHash } from 'node:crypto'
import { globSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { basename, join, relative, resolve, sep } from 'node:path'
import { constants, zstdCompressSync } from 'node:zlib'
import { build, transform } from 'esbuild'
import { root, say } from './set-up.mjs'

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const examples = globSync('**/*', { cwd: join(root, 'examples') })
  .filter(path => statSync(join(root, 'examples', path)).isFile())
  .sort()
  .map(path => ({
    path: path.split(sep).join('/'),
    content: readFileSync(join(root, 'examples', path), 'utf8'),
  }))

/** An alias of esbuild would catch paths below `undici`, too. */
const slimUndici = {
  name: 'undici-client',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^undici$/ }, () => ({ path: join(root, 'scripts', 'undici-client.js') })),
}

const folder = resolve(process.argv[2] ?? join(root, 'dist'))
const outfile = join(folder, 'sluice.js')
const target = 'node24'
mkdirSync(folder, { recursive: true })
// What several commands share comes in parts of its own, and each command in one.
const { outputFiles, metafile } = await build({
  entryPoints: [join(root, 'apps', 'cli', 'src', 'main.ts')],
  outdir: folder,
  bundle: true,
  splitting: true,
  write: false,
  platform: 'node',
  format: 'esm',
  target,
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
  plugins: [slimUndici],
  define: {
    SLUICE_VERSION: JSON.stringify(version),
    SLUICE_EXAMPLES: JSON.stringify(examples),
    'import.meta.url': 'SLUICE_URL',
  },
})
const packing = { params: { [constants.ZSTD_c_compressionLevel]: 19 } }
/** The end of a part that is a CommonJS module somebody imports when needed: for him it must have names, as in Node, and not a default only. */
const commonJsModule = /export default (require_\w+)\(\);?\s*$/
const parts = await Promise.all(
  outputFiles.map(async ({ path, text }) => {
    // A part is the body of a function: it takes and gives through `require` and `exports`.
    const { code } = await transform(text.replace(commonJsModule, 'module.exports=$1();'), {
      format: 'cjs',
      target,
      supported: { 'dynamic-import': false },
      minifySyntax: true,
      minifyWhitespace: true,
      logLevel: 'warning',
      logOverride: { 'commonjs-variable-in-esm': 'silent' },
    })
    // Modules of Node as they are, instead of a copy of all their names, which would load what is not used.
    const part = code.replace(/__toESM\(require\("(node:[^"]+)"\)\)/g, 'require("$1",true)')
    return { name: `./${basename(path)}`, line: zstdCompressSync(part, packing).toString('base64') }
  }),
)

/** The file's end backwards: where each part begins, counted from the end. */
let fromEnd = 0
const places = {}
const lines = []
for (const { name, line } of parts.toReversed()) {
  fromEnd += line.length + 1
  places[name] = [fromEnd, line.length]
  fromEnd += '//'.length
  lines.unshift(`//${line}\n`)
}
const { outputFiles: launcher } = await build({
  entryPoints: [join(root, 'scripts', 'bundle-launcher.js')],
  bundle: true,
  write: false,
  platform: 'node',
  format: 'iife',
  target,
  minify: true,
  logLevel: 'warning',
  define: { SLUICE_PARTS: JSON.stringify(places), SLUICE_BUILD: JSON.stringify(buildOf(lines)) },
})
// In one step: a program that starts meanwhile gets the old file or the new one.
const own = `${outfile}.${process.pid}`
writeFileSync(own, `#!/usr/bin/env node\n${launcher[0].text}${lines.join('')}`, { encoding: 'latin1', mode: 0o755 })
renameSync(own, outfile)
writeFileSync(join(folder, 'licenses.txt'), licenses(Object.keys(metafile.inputs)))
const size = (statSync(outfile).size / 1024 / 1024).toFixed(1)
say(`${relative(root, outfile)} ${size} MiB in ${parts.length} parts, version ${version}`)

/** Names what is built: the same parts have the same name. */
function buildOf(lines) {
  return createHash('sha256').update(lines.join('')).digest('hex').slice(0, 16)
}

/** What the bundled packages ask to be passed on: name, version and licence text of each. */
function licenses(inputs) {
  const folders = inputs.flatMap(path => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? [])
  return [...new Set(folders)]
    .sort()
    .map(folder => {
      const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
      const text = globSync('{LICENSE,LICENCE,license,License}*', { cwd: join(root, folder) })
        .map(file => readFileSync(join(root, folder, file), 'utf8').trim())
        .join('\n\n')
      return `${name} ${version} (${license})\n\n${text}\n`
    })
    .join(`\n${'-'.repeat(80)}\n\n`)
}
