import { type DesiredExtension, fieldManagers, type KubeObject } from '@sluice/api'
import { isNotFound, type KubeClient } from '@sluice/kube'
import { secretObject } from '../fluxconfig/secret-text.ts'
import { extensionLabel } from './extension-objects.ts'

/**
 * What the service last said of each extension, kept in Secrets of the agent's namespace, with its protected settings: a restarted
 * agent knows what it is in the middle of, and what it had already been told.
 */
const PREFIX = 'extension-'
const manager = fieldManagers.extensionManager

export class ExtensionRecords {
  readonly #kube: KubeClient
  readonly #namespace: string

  constructor(kube: KubeClient, namespace: string) {
    this.#kube = kube
    this.#namespace = namespace
  }

  async load(): Promise<DesiredExtension[]> {
    const options = { namespace: this.#namespace, labelSelector: extensionLabel }
    const { items } = await this.#kube.list({ apiVersion: 'v1', kind: 'Secret' }, options)
    return items.flatMap(secret => itemOf(secret) ?? [])
  }

  /** `configurationProtectedSettings` that do not come again (the service forgets them) are kept from before. */
  async save(item: DesiredExtension): Promise<DesiredExtension> {
    const before = await this.#kube.find(this.#ref(item.name))
    const secrets = item.configurationProtectedSettings ?? itemOf(before)?.configurationProtectedSettings
    const whole = { ...item, ...(secrets && { configurationProtectedSettings: secrets }) }
    const metadata = {
      name: PREFIX + item.name,
      namespace: this.#namespace,
      labels: { [extensionLabel]: item.name },
    }
    const secret = secretObject(metadata, { item: JSON.stringify(whole) })
    await this.#kube.apply(secret, { fieldManager: manager, force: true })
    return whole
  }

  async remove(name: string): Promise<void> {
    try {
      await this.#kube.delete(this.#ref(name))
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }

  #ref(name: string) {
    return { apiVersion: 'v1', kind: 'Secret', namespace: this.#namespace, name: PREFIX + name }
  }
}

function itemOf(secret: KubeObject | undefined): DesiredExtension | undefined {
  const text = (secret?.data as Record<string, string> | undefined)?.item
  if (!text) return undefined
  const item: DesiredExtension = JSON.parse(Buffer.from(text, 'base64').toString())
  return item.type === 'extension' ? item : undefined
}
