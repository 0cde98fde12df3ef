/**
 * Addresses of hosts for `getHostByName`, which templates cannot wait for: one that asks is interrupted, the names are looked up, and the chart is
 * rendered anew.
 */
import { Interruption } from '@sluice/template'
import { HelmError } from './helm-error.ts'

/** The address of a host; the empty text for one that has none. */
export type ResolveHost = (name: string) => Promise<string>

/** Names of one chart at most. */
const most = 256

export class HostAnswers {
  readonly #resolve: ResolveHost | undefined
  readonly #answers = new Map<string, string>()
  readonly #open = new Set<string>()

  constructor(resolve: ResolveHost | undefined) {
    this.#resolve = resolve
  }

  /** Empty when nobody may be asked. */
  get(name: string): string {
    if (!this.#resolve) return ''
    const known = this.#answers.get(name)
    if (known !== undefined) return known
    if (this.#answers.size >= most) throw new HelmError(`the chart asks for the addresses of more than ${most} hosts`)
    this.#open.add(name)
    throw new Interruption('a host has no address yet')
  }

  async settle(): Promise<void> {
    const resolve = this.#resolve
    if (!resolve) return
    const names = [...this.#open]
    this.#open.clear()
    await Promise.all(names.map(async name => this.#answers.set(name, await resolve(name))))
  }
}
