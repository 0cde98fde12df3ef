/**
 * `sluice edit`: changes the kustomization file of a directory and leaves the rest of it as it was written.
 */
import type { EditableFile, ListField, TextField } from '@sluice/kustomize'
import type { Command } from 'commander'

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

interface EditOptions {
  dir: string
}

interface PatchOptions extends EditOptions {
  group?: string
  version?: string
  kind?: string
  name?: string
  namespace?: string
  labelSelector?: string
  annotationSelector?: string
}

type Edits = typeof import('@sluice/kustomize')

export function register(program: Command): void {
  const group = program.command('edit').description('change a kustomization file; its comments and layout stay')
  const add = group.command('add').description('add to a list')
  const remove = group.command('remove').description('take out of a list')
  for (const [word, field] of Object.entries(listFields)) {
    edit(add, `${word} <path...>`, `append to ${field}`).action(async (paths: string[], { dir }: EditOptions) => {
      const { requireFiles } = await import('../edit-kustomization.ts')
      requireFiles(dir, paths)
      await change(dir, (edits, file) => edits.addItems(file, field, paths))
    })
    edit(remove, `${word} <path...>`, `take out of ${field}`).action((paths: string[], { dir }: EditOptions) =>
      change(dir, (edits, file) => edits.removeItems(file, field, paths)),
    )
  }
  edit(add, 'patch <path>', 'append a patch file to patches')
    .option('--group <group>', 'API group of what is patched')
    .option('--version <version>', 'API version of what is patched')
    .option('--kind <kind>', 'kind of what is patched')
    .option('--name <name>', 'name of what is patched, a regular expression')
    .option('--namespace <namespace>', 'namespace of what is patched')
    .option('--label-selector <selector>', 'labels of what is patched')
    .option('--annotation-selector <selector>', 'annotations of what is patched')
    .action(async (path: string, { dir, ...target }: PatchOptions) => {
      const { requireFiles } = await import('../edit-kustomization.ts')
      requireFiles(dir, [path])
      await change(dir, (edits, file) => edits.addPatch(file, path, target))
    })

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

  edit(group, 'fix', 'replace deprecated fields by their successors').action(({ dir }: EditOptions) =>
    change(dir, (edits, file) => edits.fixFields(file)),
  )
}

function edit(parent: Command, usage: string, description: string): Command {
  return parent.command(usage).description(description).option('-d, --dir <dir>', 'directory of the kustomization', '.')
}

async function change(dir: string, run: (edits: Edits, file: EditableFile) => string): Promise<void> {
  const { editKustomization } = await import('../edit-kustomization.ts')
  editKustomization(dir, run)
}
