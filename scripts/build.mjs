/**
 * `npm run build`: `dist/sluice.js` and beside it `sluice.parts`, with everything in it that the command line needs: all packages, their
 * dependencies, the example repository. It runs with `node dist/sluice.js` or `npx` on Node 24 or newer; programs it starts (parts of
 * `sluice up`, pods named `sluice`) are the same file again. How it starts is in `bundle-launcher.js`.
 *
 *   node scripts/build.mjs [FOLDER]     instead of dist
 */
import { createHash } from 'node:crypto'
import { globSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
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
const source = path => join(root, 'packages', ...path.split('/'))
const library = name => fileURLToPath(import.meta.resolve(name))
/** Loaded when something of them is first used, though imported by what is loaded always. */
const whenUsed = [
  ...['yaml/src/read-documents.ts', 'template/src/sprig/short-sha256.ts'].map(source),
  ...['bcryptjs', 're2js', 'smol-toml'].map(library),
]
/** What the reader of YAML shares with others, who do without the rest of it. */
const always = ['resolve-plain', 'source-scalar', 'within-stack', 'yaml-error'].map(name =>
  source(`yaml/src/${name}.ts`),
)
// What several commands share comes in parts of its own, and each command in one.
const { outputFiles, metafile } = await build({
  entryPoints: [
    { in: join(root, 'apps', 'cli', 'src', 'main.ts'), out: 'main' },
    ...[...whenUsed, ...always].map((path, index) => ({ in: path, out: `${basename(dirname(path))}-${index}` })),
  ],
  outdir: folder,
  // Paths in the metafile are told from here, wherever the script was started.
  absWorkingDir: root,
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
const inputsOf = name => Object.keys(metafile.outputs[relative(root, join(folder, name))].inputs)
const later = new Set(
  outputFiles
    .map(({ path }) => basename(path))
    .filter(name => inputsOf(name).some(input => whenUsed.includes(join(root, input)))),
)
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
    const part = withImportsLater(withPlainExports(code, isInCircle(basename(path)))).replace(
      /__toESM\(require\("(node:[^"]+)"\)\)/g,
      'require("$1",true)',
    )
    return { name: `./${basename(path)}`, packed: zstdCompressSync(part, packing) }
  }),
)

const buildName = createHash('sha256')
  .update(Buffer.concat(parts.map(({ packed }) => packed)))
  .digest('hex')
  .slice(0, 16)
/** Where each part begins, after the name of the build, and how long it is. */
const places = {}
let end = buildName.length
for (const { name, packed } of parts) {
  places[name] = [end, packed.length]
  end += packed.length
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
  define: { SLUICE_PARTS: JSON.stringify(places), SLUICE_BUILD: JSON.stringify(buildName) },
})
replace(
  join(folder, 'sluice.parts'),
  Buffer.concat([Buffer.from(buildName), ...parts.map(({ packed }) => packed)]),
  0o644,
)
replace(outfile, `#!/usr/bin/env node\n${launcher[0].text}`, 0o755)
writeFileSync(join(folder, 'licenses.txt'), licenses(Object.keys(metafile.inputs)))
const size = (end / 1024 / 1024).toFixed(1)
say(`${relative(root, outfile)} ${size} MiB in ${parts.length} parts, version ${version}`)

/** Whether a part needs, by way of others or not, itself. */
function isInCircle(name) {
  const imports = part =>
    metafile.outputs[relative(root, join(folder, part))].imports
      .filter(({ kind, external }) => kind === 'import-statement' && !external)
      .map(({ path }) => basename(path))
  const seen = new Set()
  for (const open = imports(name); open.length > 0; ) {
    const next = open.pop()
    if (next === name) return true
    if (!seen.has(next)) open.push(...imports(next))
    seen.add(next)
  }
  return false
}

/**
 * A part whose exports are plain properties in the end: esbuild makes two getters of each, called at every use. Only what gets its value later or
 * more than once keeps one; and all do as long as a part runs that others in a circle may need meanwhile.
 */
function withPlainExports(code, inCircle) {
  const found = /__export\((\w+),\{([^{}]*)\}\);module\.exports=__toCommonJS\(\1\);/.exec(code)
  if (!found) return code
  const [whole, object, list] = found
  const exports = [...list.matchAll(/([\w$]+):\(\)=>([\w$.]+)/g)].map(([, name, local]) => ({ name, local }))
  const escaped = local => local.replace(/[$.]/g, '\\$&')
  const isFunction = local => new RegExp(`function\\*? ?${escaped(local)}\\(`).test(code)
  const assignment = local => `(?<![\\w$.])${escaped(local)}(?:[-+*/|&?%^<>]{0,3}=(?![=>])|\\+\\+|--)`
  const assignments = local => code.match(new RegExp(assignment(local), 'g'))?.length ?? 0
  const isLate = local => new RegExp(`(?:\\bvar |\\blet |,)${escaped(local)}[,;]`).test(code)
  const isPlain = local => (isFunction(local) ? assignments(local) === 0 : assignments(local) === 1 && !isLate(local))
  const properties = exports.map(({ name, local }) =>
    isPlain(local) ? `${name}:${local}` : `get ${name}(){return ${local}}`,
  )
  const early = inCircle ? `__export(${object},{${list}});module.exports=${object};` : ''
  return `${code.replace(whole, () => early)};module.exports={${properties.join(',')}};`
}

/** A part that asks for what it imports of the parts in `later` when it uses it. */
function withImportsLater(code) {
  const names = []
  const asked = code.replace(/(import_\w+)=require\("\.\/([^"]+)"\)/g, (whole, name, part) => {
    if (!later.has(part)) return whole
    names.push(name)
    return `${name}=require.later("./${part}")`
  })
  return names.reduce((text, name) => text.replace(new RegExp(`\\b${name}\\.`, 'g'), `${name}().`), asked)
}

/** In one step: a program that starts meanwhile gets the old file or the new one. */
function replace(path, content, mode) {
  const own = `${path}.${process.pid}`
  writeFileSync(own, content, { mode })
  renameSync(own, path)
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
