/**
 * Everything that goes into a GitRepository's artifact, as content to pack: the commit's files, those of its submodules,
 * and the included artifacts; with the filter that leaves ignored files out.
 */
import type { Artifact, GitRepository } from '@sluice/api'
import {
  type ArtifactStore,
  addSubmodules,
  commitContent,
  type DirectoryNode,
  type GitCommit,
  type GitMirrors,
  type GitRemote,
  IGNORE_FILE,
  type IgnoreFile,
  type IgnoreFilter,
  ignoreFilter,
  type MirrorView,
  missingDirectory,
  walk,
} from '@sluice/artifact'
import { SourceFailure } from '../source-failure.ts'
import { IncludeError, include } from './include.ts'

type Spec = GitRepository['spec']

/** The commit's own files. Checks that the folders of a sparse checkout exist. */
export async function checkedOut(
  spec: Spec,
  view: MirrorView,
  commit: GitCommit,
  { mirrors, remote, signal }: { mirrors: GitMirrors; remote: GitRemote; signal: AbortSignal },
): Promise<DirectoryNode> {
  const sparse = spec.sparseCheckout ?? []
  const content = await commitContent(view, commit.tree, { sparse })
  if (spec.recurseSubmodules) await addSubmodules(content, { mirrors, remote, signal })
  const missing = missingDirectory(content.root, sparse)
  if (missing !== undefined) {
    throw new SourceFailure(
      'FetchFailed',
      'GitOperationFailed',
      `failed to sparse checkout directories : sparse checkout dir '${missing}' does not exist in repository: lstat ${missing}: no such file or directory`,
    )
  }
  return content.root
}

/** Puts the included artifacts in; `artifacts` are in the order of `spec.include`. */
export async function addIncludes(
  root: DirectoryNode,
  spec: Spec,
  artifacts: Artifact[],
  store: ArtifactStore,
): Promise<void> {
  for (const [index, { repository, fromPath = '', toPath }] of (spec.include ?? []).entries()) {
    const to = toPath || repository.name
    try {
      include(root, await store.tree(artifacts[index]!), fromPath, to)
    } catch (error) {
      const said = error instanceof IncludeError || error instanceof Error ? error.message : String(error)
      const message = `failed to copy '${repository.name}' include from ${fromPath} to ${to}: ${said}`
      throw new SourceFailure('StorageOperationFailed', 'CopyFailure', message, { cause: error })
    }
  }
}

/** Reads the `.sourceignore` files of the whole content, a directory's before those below it. */
export async function contentFilter(root: DirectoryNode, specIgnore: string | undefined): Promise<IgnoreFilter> {
  const found: Promise<IgnoreFile>[] = []
  for (const { path, node } of walk(root)) {
    if (node.kind !== 'file' || (path !== IGNORE_FILE && !path.endsWith(`/${IGNORE_FILE}`))) continue
    const directory = path.slice(0, Math.max(0, path.length - IGNORE_FILE.length - 1))
    found.push(node.read().then(bytes => ({ directory, text: Buffer.from(bytes).toString('utf8') })))
  }
  const files = await Promise.all(found)
  files.sort((a, b) => a.directory.split('/').length - b.directory.split('/').length)
  return ignoreFilter(files, specIgnore)
}
