import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { LeaderElection, leaseName } from './leader-election.ts'
import { FakeClock } from './testing/fake-clock.ts'
import { recordingLog } from './testing/recording-log.ts'
import { startTestCluster, type TestCluster } from './testing/test-cluster.ts'

let cluster: TestCluster
before(async () => {
  cluster = await startTestCluster()
})
after(() => cluster.close())

const ref = (name: string) => ({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'default', name })

async function specOf(name: string): Promise<Record<string, unknown>> {
  return ((await cluster.client.get(ref(name))).spec ?? {}) as Record<string, unknown>
}

function replica(name: string, identity: string) {
  const clock = new FakeClock()
  const { log } = recordingLog()
  const election = new LeaderElection({ client: cluster.client, log, namespace: 'default', name, identity, clock })
  return { clock, election }
}

/** Lets a replica that waits try once more, and returns when it waits again. */
async function tryAgain(clock: FakeClock, milliseconds: number): Promise<void> {
  await clock.untilArmed()
  clock.advance(milliseconds)
  await clock.untilArmed()
}

describe('leader election', () => {
  test('the first replica leads, with a Lease as client-go writes it', async () => {
    const { election } = replica('first', 'a')
    assert.equal(await election.acquire(), true)
    assert.equal(election.isLeading, true)
    const spec = await specOf('first')
    assert.equal(spec.holderIdentity, 'a')
    assert.equal(spec.leaseDurationSeconds, 35)
    assert.equal(spec.leaseTransitions, 0)
    assert.match(String(spec.renewTime), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
    await election.close()
  })

  test('the next one leads as soon as the first one hands the Lease back', async () => {
    const a = replica('handed', 'a')
    const b = replica('handed', 'b')
    await a.election.acquire()
    const acquired = b.election.acquire()
    await tryAgain(b.clock, 6000)
    assert.equal(b.election.isLeading, false)
    await a.election.close()
    assert.equal((await specOf('handed')).holderIdentity, '')
    b.clock.advance(6000)
    assert.equal(await acquired, true)
    const spec = await specOf('handed')
    assert.equal(spec.holderIdentity, 'b')
    assert.equal(spec.leaseTransitions, 1)
    await b.election.close()
  })

  test('nobody leads beside a holder that renews, and somebody does when it has been silent for the whole lease', async () => {
    const a = replica('silent', 'a')
    const b = replica('silent', 'b')
    await a.election.acquire()
    const acquired = b.election.acquire()
    await tryAgain(b.clock, 6000)
    await tryAgain(a.clock, 5000)
    for (let seconds = 0; seconds < 30; seconds += 6) await tryAgain(b.clock, 6000)
    assert.equal(b.election.isLeading, false)
    await b.clock.untilArmed()
    b.clock.advance(36_000)
    assert.equal(await acquired, true)
    // The first one notices at its next try.
    a.clock.advance(5000)
    await a.election.lost
    assert.equal(a.election.isLeading, false)
    await a.election.close()
    assert.equal((await specOf('silent')).holderIdentity, 'b')
    await b.election.close()
  })

  test('a holder that cannot renew gives up before the lease runs out', async () => {
    const other = await startTestCluster()
    const clock = new FakeClock()
    const { log, lines } = recordingLog()
    const options = { client: other.client, log, namespace: 'default', name: 'cut-off', identity: 'a', clock }
    const election = new LeaderElection(options)
    await election.acquire()
    await other.close()
    let lost = false
    void election.lost.then(() => {
      lost = true
    })
    for (let seconds = 0; seconds < 25; seconds += 5) {
      await tryAgain(clock, 5000)
      assert.equal(lost, false)
      assert.equal(election.isLeading, true)
    }
    await clock.untilArmed()
    clock.advance(5000)
    await election.lost
    assert.ok(lines.includes('error leadership lost'))
    await election.close()
  })

  test('keeps its Lease when somebody else writes to it', async () => {
    const a = replica('annotated', 'a')
    await a.election.acquire()
    await cluster.client.patch(ref('annotated'), { metadata: { annotations: { note: 'x' } } })
    await tryAgain(a.clock, 5000)
    await tryAgain(a.clock, 5000)
    assert.equal(a.election.isLeading, true)
    assert.equal((await specOf('annotated')).holderIdentity, 'a')
    await a.election.close()
  })

  test('closed while it waits, it never leads', async () => {
    const a = replica('waiting', 'a')
    const b = replica('waiting', 'b')
    await a.election.acquire()
    const acquired = b.election.acquire()
    await b.clock.untilArmed()
    await b.election.close()
    assert.equal(await acquired, false)
    assert.equal((await specOf('waiting')).holderIdentity, 'a')
    await a.election.close()
  })

  test('refuses times that would let two lead', () => {
    const options = { client: cluster.client, log: recordingLog().log, namespace: 'default', name: 'x' }
    assert.throws(() => new LeaderElection({ ...options, leaseDuration: 10_000, renewDeadline: 15_000 }), /longer/)
  })

  test('shards have Leases of their own, named as Flux names them', () => {
    assert.equal(leaseName('kustomize-controller'), 'kustomize-controller-leader-election')
    assert.equal(
      leaseName('kustomize-controller', 'sharding.fluxcd.io/key=shard1'),
      'kustomize-controller-leader-election-73fdc1be',
    )
  })
})
