import { type KubeObject, type ObjectRef, parseApiVersion } from '@sluice/api'

/**
 * Lets a release wait a moment for its chart: one that was made just now is there before anybody has read that it is
 * missing, and a status that says so would be a write for nothing.
 */
export class SourceChanges {
  readonly #waiting = new Map<string, Set<() => void>>()

  tell(source: KubeObject): void {
    const { apiVersion, kind, metadata } = source
    const key = keyOf({ apiVersion, kind, namespace: metadata.namespace, name: metadata.name })
    const waiting = this.#waiting.get(key)
    this.#waiting.delete(key)
    for (const end of waiting ?? []) end()
  }

  /** Settles with the next change, after `milliseconds`, or when `signal` aborts. */
  next(ref: ObjectRef, milliseconds: number, signal: AbortSignal): Promise<void> {
    const key = keyOf(ref)
    return new Promise(resolve => {
      const waiting = this.#waiting.get(key) ?? new Set()
      const end = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', end)
        waiting.delete(end)
        if (waiting.size === 0 && this.#waiting.get(key) === waiting) this.#waiting.delete(key)
        resolve()
      }
      const timer = setTimeout(end, milliseconds)
      signal.addEventListener('abort', end)
      this.#waiting.set(key, waiting.add(end))
    })
  }
}

const keyOf = ({ apiVersion, kind, namespace, name }: ObjectRef): string =>
  `${parseApiVersion(apiVersion).group}/${kind}/${namespace ?? ''}/${name}`
