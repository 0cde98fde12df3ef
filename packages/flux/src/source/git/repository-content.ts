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
  type MirrorView,
  missingDirectory,
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
