/**
 * `sluice edit`: changes the kustomization file of a directory and leaves the rest of it as it was written.
 */
import type { ListField, PatchSource, TextField } from '@sluice/kustomize'
import type { Command } from 'commander'
import { UsageError } from '../usage-error.ts'
import { change, type EditOptions, edit } from './edit-command.ts'
import { registerGenerators } from './edit-generators.ts'
import { registerPairs } from './edit-pairs.ts'

const listFields: Record<string, ListField> = {
  resource: 'resources',
  component: 'components',
  transformer: 'transformers',
  generator: 'generators',
  validator: 'validators',
  configuration: 'configurations',
}

const textFields: Record<string, TextField> = {
  namespace: 'namespace',
  nameprefix: 'namePrefix',
  namesuffix: 'nameSuffix',
}

interface PatchOptions extends EditOptions {
  path?: string
  patch?: string
  group?: string
  version?: string
  kind?: string
  name?: string
  namespace?: string
  labelSelector?: string
  annotationSelector?: string
}

export function register(program: Command): void {
  const group = program.command('edit').description('change a kustomization file; its comments and layout stay')
  const add = group.command('add').description('add to a list')
  const remove = group.command('remove').description('take out of a list')
  for (const [word, field] of Object.entries(listFields)) {
    const command = edit(add, `${word} <path...>`, `append to ${field}`)
    if (word === 'resource') command.alias('base')
    command.action(async (paths: string[], { dir }: EditOptions) => {
      const { requireFiles } = await import('../edit-kustomization.ts')
      requireFiles(dir, paths)
      await change(dir, (edits, file) => edits.addItems(file, field, paths))
    })
    edit(remove, `${word} <path...>`, `take out of ${field}`).action((paths: string[], { dir }: EditOptions) =>
      change(dir, (edits, file) => edits.removeItems(file, field, paths)),
    )
  }
  patchCommand(add, 'append a patch file, or the text of a patch, to patches').action(
    async (path: string | undefined, options: PatchOptions) => {
      const { source, target, dir } = patchOf(path, options)
      const { requireFiles } = await import('../edit-kustomization.ts')
      if ('path' in source) requireFiles(dir, [source.path])
      await change(dir, (edits, file) => edits.addPatch(file, source, target))
    },
  )
  patchCommand(remove, 'take out of patches the one that has just this path or text, and target').action(
    async (path: string | undefined, options: PatchOptions) => {
      const { source, target, dir } = patchOf(path, options)
      await change(dir, (edits, file) => edits.removePatch(file, source, target))
    },
  )

  const set = group.command('set').description('set a value')
  for (const [word, field] of Object.entries(textFields)) {
    edit(set, `${word} <value>`, `set ${field}; an empty value takes it away`).action(
      (value: string, { dir }: EditOptions) => change(dir, (edits, file) => edits.setText(file, field, value)),
    )
  }
  edit(set, 'image <image...>', 'set name, tag or digest of images')
    .addHelpText(
      'after',
      `
Examples:
  sluice edit set image nginx:1.25
  sluice edit set image nginx=registry.example/nginx:1.25
  sluice edit set image nginx=*@sha256:...        an asterisk keeps what the file says`,
    )
    .action((images: string[], { dir }: EditOptions) => change(dir, (edits, file) => edits.setImages(file, images)))
  edit(set, 'replicas <setting...>', 'set counts: name=3').action((settings: string[], { dir }: EditOptions) =>
    change(dir, (edits, file) => edits.setReplicas(file, settings)),
  )

  registerBuildMetadata(add, set, remove)
  registerPairs(add, set, remove)
  registerGenerators(add, set, remove)

  edit(group, 'fix', 'replace deprecated fields by their successors, and say apiVersion and kind').action(
    ({ dir }: EditOptions) => change(dir, (edits, file) => edits.fixFields(file)),
  )
}

const buildMetadata = ['originAnnotations', 'transformerAnnotations', 'managedByLabel']

function registerBuildMetadata(add: Command, set: Command, remove: Command): void {
  const known = (options: string[]): string[] => {
    const words = options.flatMap(option => option.split(','))
    const unknown = words.find(word => !buildMetadata.includes(word))
    if (unknown === undefined) return words
    throw new UsageError(`there is no buildMetadata option '${unknown}'; there are ${buildMetadata.join(', ')}`)
  }
  const usage = 'buildmetadata <option...>'
  edit(add, usage, `append to buildMetadata: ${buildMetadata.join(', ')}`).action(
    (options: string[], { dir }: EditOptions) =>
      change(dir, (edits, file) => edits.addItems(file, 'buildMetadata', known(options))),
  )
  edit(set, usage, 'set the whole of buildMetadata').action((options: string[], { dir }: EditOptions) =>
    change(dir, (edits, file) => edits.setItems(file, 'buildMetadata', known(options))),
  )
  edit(remove, usage, 'take out of buildMetadata').action((options: string[], { dir }: EditOptions) =>
    change(dir, (edits, file) => edits.removeItems(file, 'buildMetadata', known(options))),
  )
}

function patchCommand(parent: Command, description: string): Command {
  return edit(parent, 'patch [path]', description)
    .option('--path <path>', 'the same as the argument')
    .option('--patch <text>', 'the text of a patch, in place of a file')
    .option('--group <group>', 'API group of what is patched')
    .option('--version <version>', 'API version of what is patched')
    .option('--kind <kind>', 'kind of what is patched')
    .option('--name <name>', 'name of what is patched, a regular expression')
    .option('--namespace <namespace>', 'namespace of what is patched')
    .option('--label-selector <selector>', 'labels of what is patched')
    .option('--annotation-selector <selector>', 'annotations of what is patched')
}

function patchOf(argument: string | undefined, options: PatchOptions) {
  const { dir, path = argument, patch, ...target } = options
  if (path !== undefined && patch !== undefined) throw new UsageError('a patch has a path or --patch, not both')
  const source: PatchSource | undefined = path !== undefined ? { path } : patch !== undefined ? { patch } : undefined
  if (!source) throw new UsageError('name the path of a patch, or give its text with --patch')
  return { source, target, dir }
}
