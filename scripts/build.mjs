/**
 * `npm run build`: one file, `dist/sluice.js`, with everything in it that the command line needs: all packages, their dependencies, the
 * example repository. It runs with `node dist/sluice.js` or `npx` on Node 24 or newer; programs it starts (parts of `sluice up`, pods named
 * `sluice`) are the same file again.
 */
import { chmodSync, globSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { build } from 'esbuild'
import { root, say } from './set-up.mjs'

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const examples = globSync('**/*', { cwd: join(root, 'examples') })
  .filter(path => statSync(join(root, 'examples', path)).isFile())
  .sort()
  .map(path => ({
    path: path.split(sep).join('/'),
    content: readFileSync(join(root, 'examples', path), 'utf8'),
  }))

/** CommonJS dependencies call `require` for built-in modules, which an ES module has not. */
const banner = `#!/usr/bin/env node
import { createRequire as sluiceCreateRequire } from 'node:module'
const require = sluiceCreateRequire(import.meta.url)
`
const outfile = join(root, 'dist', 'sluice.js')
mkdirSync(join(root, 'dist'), { recursive: true })
const result = await build({
  entryPoints: [join(root, 'apps', 'cli', 'src', 'main.ts')],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
  banner: { js: banner },
  define: { SLUICE_VERSION: JSON.stringify(version), SLUICE_EXAMPLES: JSON.stringify(examples) },
})
chmodSync(outfile, 0o755)
writeFileSync(join(root, 'dist', 'licenses.txt'), licenses(Object.keys(result.metafile.inputs)))
say(`dist/sluice.js ${(statSync(outfile).size / 1024 / 1024).toFixed(1)} MiB, version ${version}`)

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
