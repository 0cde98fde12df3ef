/** Our actions beside the real helm's where workloads become ready, fail or never do either. */
import { after, before, describe, test } from 'node:test'
import { type ReleaseCluster, startReleaseCluster } from '../testing/release-cluster.ts'
import { type Story, tellTwice } from '../testing/twins.ts'

let cluster: ReleaseCluster
before(async () => {
  cluster = await startReleaseCluster({ workloads: true })
})
after(() => cluster.close())

const deployment = (more = '') => `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
${more}  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: c, image: nginx:1}]
`
const job = (name: string, annotations: string, more = '') => `apiVersion: batch/v1
kind: Job
metadata:
  name: ${name}
  annotations: {${annotations}}
spec:
  backoffLimit: 0
${more}  template:
    spec:
      restartPolicy: Never
      schedulerName: ${more ? 'nobody' : 'default-scheduler'}
      containers: [{name: j, image: busybox:1}]
`
const failing = '  activeDeadlineSeconds: 1\n'
const claim =
  'apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: disk}\nspec:\n  accessModes: [ReadWriteOnce]\n  storageClassName: none\n  resources: {requests: {storage: 1Gi}}\n'
const waits = {
  flags: ['--wait=watcher', '--timeout=20s'],
  ours: { strategy: 'watcher', waitForJobs: false, timeoutMs: 20_000 } as const,
}
const brief = {
  flags: ['--wait=watcher', '--timeout=1s'],
  ours: { strategy: 'watcher', waitForJobs: false, timeoutMs: 1000 } as const,
}
const legacy = { flags: ['--wait=legacy', '--timeout=1s'], ours: { strategy: 'legacy', timeoutMs: 1000 } as const }

const stories: Record<string, Story> = {
  'pods that become ready, and go': {
    charts: { c: { 'templates/d.yaml': deployment() } },
    steps: [
      { install: 'c', ...waits },
      { upgrade: 'c', ...waits },
      { rollback: 1, ...waits },
      { uninstall: true, flags: ['--wait=watcher'] },
    ],
  },
  'a claim that is never bound': {
    charts: { c: { 'templates/p.yaml': claim } },
    steps: [
      { install: 'c', ...brief },
      { upgrade: 'c', ...brief },
      { rollback: 1, ...brief },
      { upgrade: 'c', ...legacy },
    ],
  },
  'a paused Deployment is ready': {
    charts: { c: { 'templates/d.yaml': deployment('  paused: true\n') } },
    steps: [{ install: 'c', ...brief }],
  },
  'Jobs of the chart, with and without waiting for them': {
    charts: { c: { 'templates/j.yaml': job('work', '') } },
    steps: [
      {
        install: 'c',
        flags: ['--wait=watcher', '--wait-for-jobs', '--timeout=20s'],
        ours: { ...waits.ours, waitForJobs: true },
      },
    ],
  },
  'a Job that fails': {
    charts: { c: { 'templates/j.yaml': job('work', '', failing) } },
    steps: [
      {
        install: 'c',
        flags: ['--wait=watcher', '--wait-for-jobs', '--timeout=20s'],
        ours: { ...waits.ours, waitForJobs: true },
      },
    ],
  },
  'a hook that succeeds, and one that fails': {
    charts: {
      good: {
        'templates/j.yaml': job(
          'pre',
          'helm.sh/hook: "pre-install,pre-upgrade", helm.sh/hook-delete-policy: hook-succeeded',
        ),
      },
      bad: {
        'templates/j.yaml': job(
          'pre',
          'helm.sh/hook: "pre-install,pre-upgrade", helm.sh/hook-delete-policy: hook-failed',
          failing,
        ),
      },
    },
    steps: [
      { install: 'good', flags: ['--timeout=20s'], ours: { timeoutMs: 20_000 } },
      { upgrade: 'bad', flags: ['--timeout=20s'], ours: { timeoutMs: 20_000 } },
    ],
  },
  'a hook that never ends': {
    charts: { c: { 'templates/j.yaml': job('pre', 'helm.sh/hook: pre-install', '  parallelism: 1\n') } },
    steps: [{ install: 'c', flags: ['--timeout=1s'], ours: { timeoutMs: 1000 } }, { install: 'c' }],
  },
  'tests, by name and without some': {
    charts: {
      c: {
        'templates/a.yaml': job('one', 'helm.sh/hook: test, helm.sh/hook-weight: "2"'),
        'templates/b.yaml': job('two', 'helm.sh/hook: test'),
        'templates/c.yaml': job('bad', 'helm.sh/hook: test', failing),
      },
    },
    steps: [
      { install: 'c' },
      { test: true, flags: ['--filter', 'name=two'], ours: { include: ['two'] } },
      { test: true, flags: ['--filter', '!name=bad'], ours: { exclude: ['bad'] } },
      { test: true, flags: ['--timeout=20s'], ours: { timeoutMs: 20_000 } },
    ],
  },
}

describe('as the real helm waits', { concurrency: true }, () => {
  for (const [name, story] of Object.entries(stories)) test(name, async () => void (await tellTwice(cluster, story)))
})
