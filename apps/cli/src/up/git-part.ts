/** The git server of `sluice up`, and what a push to it sets off: the clusters are told at once, as a webhook receiver would. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { annotations, apiVersionOf, gitRepository, isKind } from '@sluice/api'
import { gitHttpServer } from '@sluice/artifact'
import type { KubeClient } from '@sluice/kube'
import type { DataDirectory } from './data-directory.ts'
import { exampleFiles } from './example-files.ts'
import type { ProgressPart } from './progress.ts'
import { seedRepository } from './seed-repository.ts'
import type { OnStop } from './start-process.ts'

export interface GitPart {
  /** Clone URL of the example repository. */
  url: string
  /** The commit that `main` stands at. */
  head(): Promise<string>
}

const REPOSITORY = 'fleet.git'

export async function startGitPart(
  directory: DataDirectory,
  port: number,
  line: ProgressPart,
  onPush: (url: string) => void,
  onStop: OnStop,
): Promise<GitPart> {
  line.update('working', 'starting')
  const path = join(directory.git, REPOSITORY)
  const seeded = await seedRepository(path, exampleFiles())
  const server = await gitHttpServer({
    root: directory.git,
    port,
    onPush: repository => onPush(`${server.url}/${repository}`),
  })
  onStop(() => server.close())
  const url = `${server.url}/${REPOSITORY}`
  line.update('done', seeded ? `${url}, made from the example` : url)
  return {
    url,
    head: async () => {
      const { stdout } = await promisify(execFile)('git', [`--git-dir=${path}`, 'rev-parse', 'refs/heads/main'])
      return stdout.trim()
    },
  }
}

/** Asks for a reconciliation of every GitRepository of that URL in the cluster. */
export async function announcePush(client: KubeClient, url: string, now: Date): Promise<void> {
  const kind = { apiVersion: apiVersionOf(gitRepository), kind: gitRepository.kind }
  const { items } = await client.list(kind)
  const plain = (text: string): string => text.replace(/\.git$/, '')
  for (const item of items) {
    if (!isKind(gitRepository, item) || plain(item.spec.url) !== plain(url)) continue
    const { namespace, name } = item.metadata
    const patch = { metadata: { annotations: { [annotations.requestedAt]: now.toISOString() } } }
    await client.patch({ ...kind, namespace, name }, patch, 'merge', { fieldManager: 'sluice-up' })
  }
}
