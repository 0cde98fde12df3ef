/**
 * Logins at registries on this machine: those of `helm registry login`, then those of `docker login`. Programs that keep
 * logins (`credsStore`, `credHelpers`) are not run.
 */
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { DockerConfigError, type DockerLogin, dockerLogins } from '@sluice/artifact'
import { UsageError } from '../usage-error.ts'

type Environment = Record<string, string | undefined>

/** None without files. @throws {UsageError} for a file that is none of theirs */
export async function configuredLogins(env: Environment): Promise<DockerLogin[]> {
  const config = env.HELM_CONFIG_HOME ?? join(env.XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'helm')
  const helm = env.HELM_REGISTRY_CONFIG ?? join(config, 'registry', 'config.json')
  const docker = join(env.DOCKER_CONFIG ?? join(homedir(), '.docker'), 'config.json')
  return (await Promise.all([helm, docker].map(loginsIn))).flat()
}

async function loginsIn(file: string): Promise<DockerLogin[]> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined || text.trim() === '') return []
  try {
    return dockerLogins(text)
  } catch (error) {
    if (!(error instanceof DockerConfigError)) throw error
    throw new UsageError(`${file}: ${error.message}`, { cause: error })
  }
}
