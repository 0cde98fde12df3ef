/** Secrets of type `kubernetes.io/service-account-token` get the token of the account they name, and go with it. */
import type { KubeObject } from '@sluice/api'
import { child } from '../kinds/record.ts'
import type { LocalClient } from '../local-client.ts'
import type { Api } from '../requests/api.ts'
import { WorkQueue } from './work-queue.ts'

const type = 'kubernetes.io/service-account-token'
const nameKey = 'kubernetes.io/service-account.name'
const uidKey = 'kubernetes.io/service-account.uid'
/** Such tokens do not expire upstream; here they last as long as the cluster's own certificates. */
const tenYears = 10 * 365 * 86_400

const base64 = (text: string) => Buffer.from(text).toString('base64')

export function startServiceAccountSecrets(api: Api, client: LocalClient): () => void {
  const secrets = api.store.collection('/secrets')
  const accounts = api.store.collection('/serviceaccounts')

  const queue = new WorkQueue(async key => {
    const [namespace = '', name = ''] = key.split('/')
    const secret = secrets.get(namespace, name)?.object
    const accountName = secret?.metadata.annotations?.[nameKey]
    if (!secret || !accountName || secret.type !== type) return
    const account = accounts.get(namespace, accountName)?.object
    const ref = { apiVersion: 'v1', kind: 'Secret', namespace, name }
    const uid = account?.metadata.uid
    if (!uid || (secret.metadata.annotations?.[uidKey] ?? uid) !== uid) {
      // Only a secret that had its token goes with the account; a new one waits for it.
      if (secret.metadata.annotations?.[uidKey]) await client.delete(ref)
      return
    }
    if (child(secret, 'data')?.token) return
    const bound = { kind: 'Secret', name, uid: secret.metadata.uid ?? '' }
    const token = api.tokens.issue({ namespace, name: accountName, uid, bound }, [], tenYears, api.clock())
    await client.patch(ref, {
      type: 'merge',
      body: {
        metadata: { annotations: { [uidKey]: uid } },
        data: { 'ca.crt': base64(api.caPem), namespace: base64(namespace), token: base64(token) },
      },
    })
  })

  const consider = (secret: KubeObject) => {
    if (secret.type === type) queue.add(`${secret.metadata.namespace ?? ''}/${secret.metadata.name}`)
  }
  const onSecret = ({ stored }: { stored: { object: KubeObject } }) => consider(stored.object)
  const onAccount = ({ stored }: { stored: { object: KubeObject } }) => {
    for (const { object } of secrets.items(stored.object.metadata.namespace)) {
      if (object.metadata.annotations?.[nameKey] === stored.object.metadata.name) consider(object)
    }
  }
  secrets.watchers.add(onSecret)
  accounts.watchers.add(onAccount)
  for (const { object } of secrets.items()) consider(object)
  return () => {
    secrets.watchers.delete(onSecret)
    accounts.watchers.delete(onAccount)
    queue.stop()
  }
}
