/**
 * For tests: a cluster's agent as far as the service sees it. It signs its own tokens, follows the stream and
 * reports; what it answers to an item is the test's choice.
 */
import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import { request as httpsRequest } from 'node:https'
import { createInterface } from 'node:readline'
import type { DesiredEvent, DesiredItem, StatusReport } from '@sluice/api'
import { SignJWT } from 'jose'
import { type Answer, GROUP, send, type TestFleet } from './test-fleet.ts'

export interface TestAgent {
  clusterId: string
  token(claims?: Record<string, unknown>, key?: KeyObject): Promise<string>
  post(path: 'status' | 'heartbeat', body: unknown, token?: string): Promise<Answer>
  report(...reports: StatusReport[]): Promise<Answer>
  /** All events until `synced`, by polling. */
  poll(cursor?: string): Promise<DesiredEvent[]>
  /** Follows the stream until `stop`; `onEvent` may report. Resolves when the stream is open. */
  follow(
    onEvent: (event: DesiredEvent) => void | Promise<void>,
    cursor?: string,
  ): Promise<{ stop(): void; ended: Promise<void> }>
}

/** Connects cluster `name` with a fresh key pair and returns its agent. */
export async function connectTestCluster(tested: TestFleet, name: string, now = () => new Date()): Promise<TestAgent> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const clusterId = `${GROUP}/providers/Microsoft.Kubernetes/connectedClusters/${name}`
  const created = await tested.call('PUT', `${clusterId}?api-version=2024-01-01`, {
    location: 'local',
    identity: { type: 'SystemAssigned' },
    properties: { agentPublicKeyCertificate: publicKey.export({ type: 'spki', format: 'pem' }).toString() },
  })
  if (created.status >= 300) throw new Error(`cluster not created: ${JSON.stringify(created.body)}`)
  return testAgent(tested, clusterId, privateKey, now)
}

export function testAgent(
  tested: TestFleet,
  clusterId: string,
  privateKey: KeyObject,
  now = () => new Date(),
): TestAgent {
  const { ca } = tested
  const keyType = privateKey.asymmetricKeyType
  const algorithm = keyType === 'rsa' ? 'RS256' : keyType === 'ed25519' ? 'EdDSA' : 'ES256'

  function token(claims: Record<string, unknown> = {}, key: KeyObject = privateKey): Promise<string> {
    const at = Math.floor(now().getTime() / 1000)
    const payload = {
      iss: clusterId,
      sub: clusterId,
      aud: 'sluice-agent',
      iat: at,
      exp: at + 300,
      jti: randomUUID(),
      ...claims,
    }
    return new SignJWT(payload).setProtectedHeader({ alg: algorithm }).sign(key)
  }

  async function post(path: string, body: unknown, given?: string): Promise<Answer> {
    const headers = { authorization: `Bearer ${given ?? (await token())}`, 'content-type': 'application/json' }
    return send(`${tested.fleet.url}/agent/v1/${path}`, { method: 'POST', ca, headers, body: JSON.stringify(body) })
  }

  async function follow(onEvent: (event: DesiredEvent) => void | Promise<void>, cursor = '', once = false) {
    const opened = Promise.withResolvers<void>()
    const ended = Promise.withResolvers<void>()
    const url = `${tested.fleet.url}/agent/v1/desired?cursor=${encodeURIComponent(cursor)}&once=${once}`
    const headers = { authorization: `Bearer ${await token()}` }
    const request = httpsRequest(url, { ca, headers, agent: false }, async response => {
      if (response.statusCode !== 200) return opened.reject(new Error(`stream refused with ${response.statusCode}`))
      opened.resolve()
      try {
        for await (const line of createInterface({ input: response })) await onEvent(JSON.parse(line))
      } catch {
        // Cut off: the test stopped it, or the service went away.
      }
      ended.resolve()
    })
    request.on('error', error => {
      opened.reject(error)
      ended.resolve()
    })
    request.end()
    await opened.promise
    return { stop: () => request.destroy(), ended: ended.promise }
  }

  return {
    clusterId,
    token,
    post,
    report: (...reports) => post('status', { reports }),
    async poll(cursor) {
      const events: DesiredEvent[] = []
      const stream = await follow(event => void events.push(event), cursor, true)
      await stream.ended
      return events
    },
    follow,
  }
}

/** The report of a cluster that did at once what the item asks. */
export function succeeded(item: DesiredItem): StatusReport {
  const shared = { id: item.id, generation: item.generation, protectedSettingsStored: true }
  if (item.deleting) return { ...shared, provisioningState: 'Deleted' }
  if (item.type === 'extension') {
    return { ...shared, provisioningState: 'Succeeded', extension: { currentVersion: '1.0.0', statuses: [] } }
  }
  return {
    ...shared,
    provisioningState: 'Succeeded',
    fluxConfiguration: {
      complianceState: 'Compliant',
      sourceSyncedCommitId: 'main@sha1:0ba6f0d3',
      sourceUpdatedAt: '2026-01-02T03:04:05Z',
      statuses: [
        {
          name: item.name,
          namespace: item.namespace,
          kind: 'GitRepository',
          complianceState: 'Compliant',
          appliedBy: null,
          statusConditions: [
            {
              lastTransitionTime: '2026-01-02T03:04:05Z',
              message: 'stored artifact',
              reason: 'Succeeded',
              status: 'True',
              type: 'Ready',
            },
          ],
          helmReleaseProperties: null,
        },
      ],
    },
  }
}
