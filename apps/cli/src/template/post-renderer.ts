/**
 * Helm's post-renderers: plugins of type `postrenderer/v1` that helm has installed, run as processes with the manifests
 * on their standard input. Each document carries the path of its template in an annotation on the way there and back.
 * Keys keep their order; comments and ways of writing a value (quotes, `yes` for true) do not survive, where helm keeps
 * them.
 */
import { spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { HelmError, splitDocuments } from '@sluice/helm'
import { parseDocuments, parseFirst, stringify } from '@sluice/yaml'
import { UsageError } from '../usage-error.ts'

const annotation = 'postrenderer.helm.sh/postrender-filename'

type Table = Record<string, unknown>

interface Plugin {
  name: string
  folder: string
  command: string
  args: string[]
}

/** Files by path in, files by path out. Throws UsageError for a plugin that is not there, HelmError for a failed one. */
export async function postRenderer(
  name: string,
  args: readonly string[],
): Promise<(files: ReadonlyMap<string, string>) => Promise<Map<string, string>>> {
  const plugin = await pluginNamed(name)
  return async files => {
    const answer = await run(plugin, args, merged(files))
    if (answer.trim() === '') {
      throw new HelmError(`error while running post render on files: post-renderer "${name}" produced empty output`)
    }
    return byPath(answer)
  }
}

async function pluginNamed(name: string): Promise<Plugin> {
  const { HELM_PLUGINS, HELM_DATA_HOME, XDG_DATA_HOME } = process.env
  const data = HELM_DATA_HOME ?? join(XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'helm')
  const folders = HELM_PLUGINS ? HELM_PLUGINS.split(delimiter) : [join(data, 'plugins')]
  for (const root of folders) {
    for (const entry of await readdir(root).catch(() => [])) {
      const folder = join(root, entry)
      const text = await readFile(join(folder, 'plugin.yaml'), 'utf8').catch(() => undefined)
      const metadata: unknown = text === undefined ? undefined : parseFirst(text, { file: join(folder, 'plugin.yaml') })
      if (isTable(metadata) && metadata.name === name && metadata.type === 'postrenderer/v1') {
        return { name, folder, ...commandOf(name, metadata) }
      }
    }
  }
  const cure = `helm looks for it in ${folders.join(', ')}; a program is made one by a plugin.yaml`
  throw new UsageError(`--post-renderer: plugin: {Name:${name} Type:postrenderer/v1} not found; ${cure}`)
}

function commandOf(name: string, { runtime, runtimeConfig }: Table): Pick<Plugin, 'command' | 'args'> {
  if (runtime !== 'subprocess') {
    throw new UsageError(
      `--post-renderer: the plugin ${name} has the runtime ${String(runtime)}; only subprocess is run`,
    )
  }
  const given = isTable(runtimeConfig) ? runtimeConfig.platformCommand : undefined
  const commands = Array.isArray(given) ? given.filter(isTable) : []
  const os = process.platform === 'win32' ? 'windows' : process.platform
  const arch = { x64: 'amd64', ia32: '386' }[String(process.arch)] ?? process.arch
  const is = (value: unknown, wanted: string) => String(value ?? '').toLowerCase() === wanted
  const chosen =
    commands.find(one => is(one.os, os) && is(one.arch, arch)) ??
    commands.find(one => is(one.os, os) && is(one.arch, '')) ??
    commands.find(one => is(one.os, '') && is(one.arch, ''))
  const [command = '', ...args] = String(chosen?.command ?? '').split(' ')
  if (command === '') throw new UsageError(`--post-renderer: the plugin ${name}: no plugin command is applicable`)
  return { command, args: [...args, ...(Array.isArray(chosen?.args) ? chosen.args.map(String) : [])] }
}

function run(plugin: Plugin, extra: readonly string[], input: string): Promise<string> {
  const env: Record<string, string | undefined> = {
    ...process.env,
    HELM_PLUGIN_NAME: plugin.name,
    HELM_PLUGIN_DIR: plugin.folder,
  }
  const expanded = (text: string) =>
    text.replace(/\$(?:\{(\w+)\}|(\w+))/g, (_, braced: string, bare: string) => env[braced ?? bare] ?? '')
  return new Promise((resolve, reject) => {
    const fail = (reason: string, cause?: unknown) =>
      reject(
        new HelmError(
          `error while running post render on files: failed to invoke post-renderer plugin "${plugin.name}": ${reason}`,
          { cause },
        ),
      )
    const args = [...plugin.args.map(expanded), ...extra]
    const child = spawn(expanded(plugin.command), args, { env, stdio: ['pipe', 'pipe', 'inherit'] })
    const parts: Buffer[] = []
    child.stdout.on('data', (part: Buffer) => parts.push(part))
    child.on('error', error => fail(error.message, error))
    child.on('close', code => {
      if (code === 0) resolve(Buffer.concat(parts).toString('utf8'))
      else fail(`plugin "${plugin.name}" exited with error`)
    })
    // One that does not read to the end closes the pipe: how it ends counts.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}

function merged(files: ReadonlyMap<string, string>): string {
  const documents: string[] = []
  for (const path of [...files.keys()].sort()) {
    if (path.slice(path.lastIndexOf('/') + 1).startsWith('_')) continue
    for (const text of splitDocuments(files.get(path) ?? '')) {
      const value = parseFirst(text, { file: path })
      if (value === undefined) continue
      if (!isTable(value)) throw new HelmError(`error merging manifests: parsing ${path}: a document is no mapping`)
      documents.push(stringify(withPath(value, path), { keys: 'kept' }))
    }
  }
  return documents.join('---\n')
}

function withPath(value: Table, path: string): Table {
  const metadata = isTable(value.metadata) ? value.metadata : {}
  const annotations = isTable(metadata.annotations) ? metadata.annotations : {}
  return { ...value, metadata: { ...metadata, annotations: { ...annotations, [annotation]: path } } }
}

function byPath(answer: string): Map<string, string> {
  const files = new Map<string, string>()
  for (const [at, { value }] of parseDocuments(answer, { file: 'the post-renderer' }).entries()) {
    if (!isTable(value)) throw new HelmError('error while parsing post rendered output: a document is no mapping')
    const metadata = isTable(value.metadata) ? value.metadata : {}
    const { [annotation]: path, ...annotations } = isTable(metadata.annotations) ? metadata.annotations : {}
    const file = typeof path === 'string' && path !== '' ? path : `generated-by-postrender-${at}.yaml`
    const { annotations: _, ...rest } = metadata
    const kept = Object.keys(annotations).length > 0 ? { ...rest, annotations } : rest
    const object = Object.keys(kept).length > 0 || isTable(value.metadata) ? { ...value, metadata: kept } : value
    const text = stringify(object, { keys: 'kept' })
    files.set(file, files.has(file) ? `${files.get(file)}---\n${text}` : text)
  }
  return files
}

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
