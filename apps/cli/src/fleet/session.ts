/**
 * What a command that talks to the fleet service begins with: the login, a client, and the subscription it works in.
 */
import { FleetClient } from '../fleet-client.ts'
import { readLogin } from '../login-file.ts'
import { UsageError } from '../usage-error.ts'

export interface Session {
  client: FleetClient
  subscription: string
}

const SUBSCRIPTIONS_VERSION = '2022-12-01'

/** `given` is `--subscription`; without it the login's, $SLUICE_SUBSCRIPTION, or the only one there is. */
export async function openSession(given: string | undefined): Promise<Session> {
  const login = readLogin(new Date())
  const client = new FleetClient(login)
  const named = given ?? process.env.SLUICE_SUBSCRIPTION ?? login.subscription
  if (named !== undefined && named !== '') return { client, subscription: named }
  const all = await client.list('/subscriptions', SUBSCRIPTIONS_VERSION)
  const [only] = all
  if (only !== undefined && all.length === 1) return { client, subscription: String(only.subscriptionId) }
  const names = all.map(one => String(one.subscriptionId)).join(', ')
  throw new UsageError(
    all.length === 0
      ? 'The service has no subscription yet: name one with --subscription ID.'
      : `The service has several subscriptions: choose one with --subscription ID (${names}).`,
  )
}
