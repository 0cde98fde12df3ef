/** Where `sluice up` keeps everything of one system: one folder, so that removing it is starting anew. */
import { mkdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'

export interface DataDirectory {
  /** Absolute path. */
  root: string
  lock: string
  ports: string
  logs: string
  /** Bare repositories that the git server serves. */
  git: string
  /** The fleet service's store, keys and certificates. */
  fleet: string
  /** The command line's login, used when `SLUICE_HOME` names the data directory. */
  login: string
  cluster(name: string): ClusterDirectory
}

export interface ClusterDirectory {
  root: string
  kubeconfig: string
  /** The private half of the cluster's key pair, PKCS8. */
  key: string
}

/** Creates the folder when it is not there; with `fresh`, whatever was in it is removed (the lock must be held). */
export function openDataDirectory(path: string): DataDirectory {
  const root = resolve(path)
  const directory: DataDirectory = {
    root,
    lock: join(root, 'lock'),
    ports: join(root, 'ports.json'),
    logs: join(root, 'logs'),
    git: join(root, 'git'),
    fleet: join(root, 'fleet'),
    login: join(root, 'login'),
    cluster: name => {
      const own = join(root, 'clusters', name)
      return { root: own, kubeconfig: join(own, 'kubeconfig'), key: join(own, 'agent-key.pem') }
    },
  }
  mkdirSync(root, { recursive: true, mode: 0o700 })
  return directory
}

/** Removes everything but the lock that is held. */
export function emptyDataDirectory(directory: DataDirectory): void {
  const { ports, logs, git, fleet, login, root } = directory
  for (const path of [ports, logs, git, fleet, login, join(root, 'clusters')])
    rmSync(path, { recursive: true, force: true })
}

export function makeFolders(directory: DataDirectory): void {
  for (const path of [directory.logs, directory.git, directory.fleet]) mkdirSync(path, { recursive: true, mode: 0o700 })
}
