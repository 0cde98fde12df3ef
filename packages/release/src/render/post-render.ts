/**
 * What templates rendered goes through a post-renderer: all of it, hooks and manifests apart, or manifests only.
 * Follows `renderResources` of helm's pkg/action at 4.2; documents carry the path of their template with them instead
 * of in an annotation.
 */
import {
  HelmError,
  type HelmVersion,
  type Manifest,
  type SortedManifests,
  sortManifests,
  splitDocuments,
} from '@sluice/helm'
import type { PostRender, PostRenderDocument } from '../action/action-options.ts'
import { ReleaseError } from '../action/release-error.ts'

type Documents = readonly PostRenderDocument[]

/** Hooks and manifests anew from what the post-renderer made of them. `files`: what each template rendered to. */
export async function postRendered(
  files: ReadonlyMap<string, string>,
  sorted: SortedManifests,
  { strategy, render }: PostRender,
  helm: HelmVersion,
): Promise<SortedManifests> {
  const run = async (documents: Documents, group: string): Promise<Documents> => {
    try {
      const answer = await render(documents)
      return answer.map(({ path, text }, at) => ({ path: path || madeUpPath(group, at), text }))
    } catch (error) {
      // What Helm itself says of documents that it cannot hand over.
      if (error instanceof HelmError) throw error
      const reason = error instanceof Error ? error.message : String(error)
      throw new ReleaseError('render', `error while running post render on ${group || 'files'}: ${reason}`, {
        cause: error,
      })
    }
  }
  if (strategy === 'combined') {
    const paths = [...files.keys()].sort(byBytes)
    const documents = paths.flatMap(path => documentsOf(path, files.get(path) ?? '', helm))
    return sortManifests(joined([await run(documents, '')]), helm)
  }
  const hooks = inOrderOfPaths(sorted.hooks)
  const manifests = inOrderOfPaths(sorted.manifests)
  const isRun = strategy === 'separate' && hooks.length > 0
  const groups = [
    isRun ? await run(hooks, 'hooks') : hooks,
    manifests.length > 0 ? await run(manifests, 'manifests') : manifests,
  ]
  return sortManifests(joined(groups), helm)
}

function documentsOf(path: string, text: string, helm: HelmVersion): PostRenderDocument[] {
  if (path.slice(path.lastIndexOf('/') + 1).startsWith('_')) return []
  return splitDocuments(text, helm).map(document => ({ path, text: document }))
}

function inOrderOfPaths(manifests: readonly Manifest[]): PostRenderDocument[] {
  const byPath = Map.groupBy(manifests, manifest => manifest.path)
  const paths = [...byPath.keys()].sort(byBytes)
  return paths.flatMap(path => (byPath.get(path) ?? []).map(({ text }) => ({ path, text })))
}

/** Documents of one path become one file again. */
function joined(groups: readonly Documents[]): Map<string, string> {
  const files = new Map<string, string>()
  for (const group of groups) {
    for (const [path, documents] of Map.groupBy(group, document => document.path)) {
      const text = documents.map(document => withLineEnd(document.text)).join('---\n')
      const before = files.get(path)
      files.set(path, before === undefined ? text : `${before}\n---\n${text}`)
    }
  }
  return files
}

const withLineEnd = (text: string): string => (text.endsWith('\n') ? text : `${text}\n`)

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

function madeUpPath(group: string, at: number): string {
  return `generated-by-postrender-${group === '' ? '' : `${group}-`}${at}.yaml`
}
