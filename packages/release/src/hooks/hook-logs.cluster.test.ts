import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { install } from '../action/install.ts'
import { type ReleaseCluster, startReleaseCluster } from '../testing/release-cluster.ts'

let cluster: ReleaseCluster
before(async () => {
  cluster = await startReleaseCluster({ workloads: true })
})
after(() => cluster.close())

const job = (policy: string) => `apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}
  annotations:
    helm.sh/hook: pre-install
    helm.sh/hook-output-log-policy: ${policy}
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers: [{name: one, image: busybox:1}, {name: two, image: busybox:1}]
`

test('what the containers of a hook wrote is told to who asks, when its policy says so', async () => {
  const told: string[] = []
  const run = async (name: string, policy: string) => {
    const chart = await cluster.chart('c', { 'templates/j.yaml': job(policy) })
    const onHookLog = (from: { pod: string; container: string }) =>
      told.push(`${from.pod.slice(0, name.length)} ${from.container}`)
    await install({ ...cluster.options(name), chart, values: {}, onHookLog })
  }
  await run('told', 'hook-succeeded,hook-failed')
  await run('quiet', 'hook-failed')
  assert.deepEqual(told, ['told one', 'told two'])
})
