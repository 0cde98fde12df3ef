/**
 * For benchmarks and conformance runs: one dev cluster with our definitions in it and, when asked for, our controllers beside it, in a temporary
 * directory. Everything ends with `stop`, or with this process.
 */
import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { allCrds } from '../packages/api/src/index.ts'
import { accessFromFile, KubeClient } from '../packages/kube/src/index.ts'
import { environment, main, node } from './set-up.mjs'

const START_TIMEOUT = 60_000

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

/** Starts `sluice <args>`; it ends when we do, since its stdin is our pipe. */
export function startSluice(args, logFile) {
  const log = openSync(logFile, 'a')
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', main, ...args], {
    env: environment({ SLUICE_EXIT_WITH_PARENT: '1' }),
    stdio: ['pipe', log, log],
    detached: true,
  })
  closeSync(log)
  const ended = new Promise(resolve => child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`)))
  return {
    pid: child.pid,
    /** Waits until `probe` answers something; fails when the process ends before. */
    async until(probe) {
      const end = Date.now() + START_TIMEOUT
      let how
      ended.then(reason => {
        how = reason
      })
      for (;;) {
        const found = await probe().catch(() => undefined)
        if (found !== undefined) return found
        if (how !== undefined || Date.now() > end) {
          const reason = how === undefined ? 'is not ready after a minute' : `ended (${how})`
          throw new Error(
            `"sluice ${args[0]}" ${reason}. The end of its log:\n${readFileSync(logFile, 'utf8').slice(-2000)}`,
          )
        }
        await sleep(50)
      }
    },
    async stop() {
      child.kill('SIGTERM')
      const kill = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await ended
      clearTimeout(kill)
    },
  }
}

/** Answers the kubeconfig of a ready cluster and the process ids of what runs. */
export async function startDevSystem({ controllers }) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-dev-'))
  const running = []
  async function stop() {
    await Promise.all(running.map(part => part.stop()))
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const cluster = startSluice(['devcluster', '--data-dir', join(folder, 'cluster')], join(folder, 'cluster.log'))
    running.push(cluster)
    const kubeconfig = join(folder, 'cluster', 'kubeconfig')
    const client = await cluster.until(async () => {
      if (!existsSync(kubeconfig)) return undefined
      const client = new KubeClient(accessFromFile(kubeconfig))
      await client.transport.text({ method: 'GET', path: '/readyz' })
      return client
    })
    for (const definition of allCrds()) {
      await client.apply(definition, { fieldManager: 'sluice-dev', force: true })
    }
    const pids = { cluster: cluster.pid }
    if (controllers) {
      const health = `127.0.0.1:${await freePort()}`
      const args = ['controllers', '--kubeconfig', kubeconfig, '--health-addr', health]
      const reconcilers = startSluice(
        [...args, '--storage-path', join(folder, 'artifacts'), '--storage-addr', '127.0.0.1:0'],
        join(folder, 'controllers.log'),
      )
      running.push(reconcilers)
      await reconcilers.until(async () => ((await fetch(`http://${health}/readyz`)).ok ? true : undefined))
      pids.controllers = reconcilers.pid
    }
    return { kubeconfig, folder, pids, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
