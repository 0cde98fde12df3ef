/** A process for the durability test: writes ConfigMaps without end, eight at a time, and prints the name of each that was acknowledged. */
import { writeSync } from 'node:fs'
import { startDevCluster } from '../start-dev-cluster.ts'
import { configMap } from './test-server.ts'

const [dataDir = ''] = process.argv.slice(2)
const { client } = await startDevCluster({ dataDir, workloads: false, node: false })

async function write(worker: number): Promise<void> {
  for (let i = 0; ; i++) {
    const object = configMap(`w${worker}-${i}`)
    await client.create({ ...object, metadata: { ...object.metadata, namespace: 'default' } })
    writeSync(1, `${object.metadata.name}\n`)
  }
}
await Promise.all(Array.from({ length: 8 }, (_, worker) => write(worker)))
