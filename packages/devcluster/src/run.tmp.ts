import { writeFileSync } from 'node:fs'
import { startDevCluster } from './index.ts'
import { startWorkloads } from './workloads/index.ts'

const dir = process.argv[2] ?? '/tmp/b/dc'
const cluster = await startDevCluster({ dataDir: dir })
const w = await startWorkloads(cluster.client, {
  onError: (what, e) => process.stderr.write(`${what}: ${e instanceof Error ? e.stack : e}\n`),
})
writeFileSync('/tmp/b/kubeconfig', cluster.kubeconfig)
process.stderr.write('ready ' + cluster.url + '\n')
process.on('SIGTERM', async () => {
  await w.close()
  await cluster.close()
  process.exit(0)
})
