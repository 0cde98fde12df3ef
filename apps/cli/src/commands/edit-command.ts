/** What all commands of `sluice edit` share: the option that names the directory, and the change of its file. */
import type { EditableFile } from '@sluice/kustomize'
import type { Command } from 'commander'

export interface EditOptions {
  dir: string
}

type Edits = typeof import('@sluice/kustomize')

export function edit(parent: Command, usage: string, description: string): Command {
  return parent.command(usage).description(description).option('-d, --dir <dir>', 'directory of the kustomization', '.')
}

export async function change(dir: string, run: (edits: Edits, file: EditableFile) => string): Promise<void> {
  const { editKustomization } = await import('../edit-kustomization.ts')
  editKustomization(dir, run)
}
