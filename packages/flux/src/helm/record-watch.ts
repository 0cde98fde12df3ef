import type { Runtime } from '@sluice/controller'
import type { Informer } from '@sluice/kube'

/**
 * Whether a release's records were written since: of Helm's Secrets only names are watched, and of each release a
 * number is kept that grows with every change. A release in sync needs no look into storage while its number stays.
 */
export class RecordWatch {
  readonly #informer: Informer<string>
  readonly #changes = new Map<string, number>()
  #count = 0

  constructor(runtime: Runtime) {
    this.#informer = runtime.privateInformer<string>(
      { apiVersion: 'v1', kind: 'Secret' },
      {
        namespace: undefined,
        labelSelector: 'owner=helm',
        metadataOnly: true,
        keep: ({ metadata }) => metadata.labels?.name ?? '',
      },
    )
    this.#informer.onChange(({ object, kept }) => {
      this.#changes.set(keyOf(object.metadata.namespace ?? '', kept), ++this.#count)
    })
  }

  start(): void {
    this.#informer.start()
  }

  close(): Promise<void> {
    return this.#informer.close()
  }

  /** Undefined while that is not known. */
  mark(namespace: string, release: string): number | undefined {
    return this.#informer.isSynced ? (this.#changes.get(keyOf(namespace, release)) ?? 0) : undefined
  }
}

const keyOf = (namespace: string, release: string): string => `${namespace}/${release}`
