/** `--output-dir`: a file a template, as helm writes them; definitions of crds/ lie beside the release's folder. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { HelmError, type OutputDocument } from '@sluice/helm'
import { writeOut } from '../standard-output.ts'

/** A path comes from the chart: it must not lead out of the folder. Says what it writes, document by document. */
export async function writeDocuments(
  documents: readonly OutputDocument[],
  folder: (document: OutputDocument) => string,
): Promise<void> {
  const files = new Map<string, string>()
  let said = ''
  for (const document of documents) {
    const { path, text } = document
    const root = folder(document)
    const file = join(root, path)
    if (!resolve(file).startsWith(resolve(root) + sep)) {
      throw new HelmError(`the chart names a template outside of itself: ${path}`)
    }
    files.set(file, `${files.get(file) ?? ''}---\n# Source: ${path}\n${text}\n`)
    said += `wrote ${file}\n`
  }
  for (const [file, text] of files) {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
  }
  // Where the manifests would be helm has an empty line.
  writeOut(`${said}\n`)
}
