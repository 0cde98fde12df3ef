import { type ClusterAccess, ConnectionError, type Impersonation, Transport } from '@sluice/kube'

type Request = Parameters<Transport['json']>[0]

/** As if the process were killed after so many requests: from then on nothing reaches the server. */
export class DyingTransport extends Transport {
  #left: number

  constructor(access: ClusterAccess, requests: number) {
    super(access)
    this.#left = requests
  }

  get isDead(): boolean {
    return this.#left < 0
  }

  override async json<T>(request: Request, as?: Impersonation): Promise<T> {
    this.#left--
    if (this.#left < 0) throw new ConnectionError('killed')
    return super.json<T>(request, as)
  }
}
