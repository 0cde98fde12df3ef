import { labels } from '@sluice/api'
import type { Runtime } from '@sluice/controller'
import type { Informer } from '@sluice/kube'

/**
 * ConfigMaps and Secrets that ask to be followed (label `reconcile.fluxcd.io/watch: Enabled`): a change of one is
 * told, and reconciles who refers to it. Of an object only its resource version is kept.
 */
export class ConfigWatch {
  readonly #informers: readonly Informer<string>[]

  constructor(runtime: Runtime, onChange: (kind: string, namespace: string, name: string) => void) {
    this.#informers = ['ConfigMap', 'Secret'].map(kind => {
      const informer = runtime.privateInformer<string>(
        { apiVersion: 'v1', kind },
        { labelSelector: `${labels.watch}=Enabled`, keep: object => object.metadata.resourceVersion ?? '' },
      )
      informer.onChange(({ object }) => onChange(kind, object.metadata.namespace ?? '', object.metadata.name))
      return informer
    })
  }

  start(): void {
    for (const informer of this.#informers) informer.start()
  }

  async close(): Promise<void> {
    await Promise.all(this.#informers.map(informer => informer.close()))
  }
}
