/** CronJobs: a Job at each time of the schedule, and no more old ones than wanted. */

import { timestamp } from './clock.ts'
import { nextTime, parseSchedule } from './cron-schedule.ts'
import { finished } from './jobs.ts'
import type { CronJob, Job } from './kinds.ts'
import { controllerOf, keyOf } from './object-cache.ts'
import { ownerReference } from './pods.ts'
import { canonical } from './template-hash.ts'
import type { World } from './world.ts'

export function startCronJobs(world: World): void {
  const queue = world.queue('CronJob', async key => {
    const cron = world.cronJobs.byKey(key)
    if (cron === undefined || cron.metadata.deletionTimestamp !== undefined) return
    const wait = await reconcile(world, cron)
    if (wait !== undefined) queue.add(key, wait)
  })
  world.cronJobs.onChange(cron => queue.add(keyOf(cron)))
  const jobChanged = (job: Job) => {
    const owner = controllerOf(job)
    if (owner?.kind === 'CronJob') queue.add(`${job.metadata.namespace ?? ''}/${owner.name}`)
  }
  world.jobs.onChange(jobChanged)
  world.jobs.onGone(jobChanged)
}

const born = (job: Job) => Date.parse(job.metadata.creationTimestamp ?? '')

async function reconcile(world: World, cron: CronJob): Promise<number | undefined> {
  const { spec } = cron
  const jobs = world.jobs.ownedBy(cron.metadata.uid).filter(job => !world.jobs.isGoing(job))
  await dropHistory(world, cron, jobs)
  let status = statusOf(cron, jobs)
  let wait: number | undefined
  if (!spec.suspend) {
    const schedule = parseSchedule(spec.schedule, spec.timeZone)
    const since = Date.parse(cron.status?.lastScheduleTime ?? cron.metadata.creationTimestamp ?? '')
    const now = world.now()
    let due = nextTime(schedule, since)
    // Of several missed times only the last counts.
    for (let next = due; next !== undefined && next <= now; next = nextTime(schedule, next)) due = next
    if (due !== undefined && due <= now) {
      const late = spec.startingDeadlineSeconds
      const isTooLate = late !== undefined && due + late * 1000 < now
      if (!isTooLate) status = await run(world, cron, jobs, due, status)
    }
    const next = nextTime(schedule, Math.max(now, due !== undefined && due <= now ? due : since))
    wait = next === undefined ? undefined : Math.max(next - now, 1)
  }
  if (canonical(status) !== canonical(cron.status ?? {})) await world.updateStatus(world.cronJobs, { ...cron, status })
  return wait
}

type Status = NonNullable<CronJob['status']>

function reference(job: Job): NonNullable<Status['active']>[number] {
  const { name, namespace = '', uid = '', resourceVersion = '' } = job.metadata
  return { kind: 'Job', namespace, name, uid, apiVersion: 'batch/v1', resourceVersion }
}

function statusOf(cron: CronJob, jobs: readonly Job[]): Status {
  const active = jobs.filter(job => finished(job) === undefined)
  const known = new Map((cron.status?.active ?? []).map(entry => [entry.uid, entry]))
  const done = jobs.map(job => job.status?.completionTime ?? '').filter(time => time !== '')
  const lastSuccessfulTime = [...done, cron.status?.lastSuccessfulTime ?? ''].sort().at(-1)
  return {
    ...(active.length === 0 ? {} : { active: active.map(job => known.get(job.metadata.uid) ?? reference(job)) }),
    ...(cron.status?.lastScheduleTime === undefined ? {} : { lastScheduleTime: cron.status.lastScheduleTime }),
    ...(lastSuccessfulTime ? { lastSuccessfulTime } : {}),
  }
}

async function run(world: World, cron: CronJob, jobs: readonly Job[], due: number, status: Status): Promise<Status> {
  const active = jobs.filter(job => finished(job) === undefined)
  const { concurrencyPolicy, jobTemplate } = cron.spec
  if (concurrencyPolicy === 'Forbid' && active.length > 0) return status
  if (concurrencyPolicy === 'Replace') await Promise.all(active.map(job => world.delete(world.jobs, job)))
  const scheduled = timestamp(due)
  const job = await world.create(world.jobs, {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: `${cron.metadata.name}-${Math.floor(due / 60_000)}`,
      namespace: cron.metadata.namespace ?? '',
      ...(jobTemplate.metadata?.labels ? { labels: jobTemplate.metadata.labels } : {}),
      annotations: {
        ...jobTemplate.metadata?.annotations,
        'batch.kubernetes.io/cronjob-scheduled-timestamp': scheduled,
      },
      ownerReferences: [ownerReference(cron)],
    },
    spec: jobTemplate.spec,
  })
  const others = concurrencyPolicy === 'Replace' ? [] : (status.active ?? [])
  return { ...status, active: [...others, reference(job)], lastScheduleTime: scheduled }
}

async function dropHistory(world: World, cron: CronJob, jobs: readonly Job[]): Promise<void> {
  const { successfulJobsHistoryLimit = 3, failedJobsHistoryLimit = 1 } = cron.spec
  const limits: [type: string, limit: number][] = [
    ['Complete', successfulJobsHistoryLimit],
    ['Failed', failedJobsHistoryLimit],
  ]
  for (const [type, limit] of limits) {
    const done = jobs.filter(job => finished(job)?.type === type).toSorted((a, b) => born(a) - born(b))
    await Promise.all(done.slice(0, Math.max(0, done.length - limit)).map(job => world.delete(world.jobs, job)))
  }
}
