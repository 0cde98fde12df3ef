import { type Artifact, annotations, helmRelease, isKind, type KubeObject } from '@sluice/api'
import type { Runtime, Wake } from '@sluice/controller'
import type { Change, Informer } from '@sluice/kube'
import { artifactOf } from '../artifact-of.ts'
import { refersTo } from '../config-references.ts'
import { ConfigWatch } from '../config-watch.ts'
import { Dependents } from '../dependents.ts'
import { chartSourceOf } from './chart-source.ts'
import { WaitInterrupt } from './interruptible-waits.ts'
import { keyOf } from './release-spec.ts'
import { SourceChanges } from './source-changes.ts'
import { hasTried, isNews } from './source-news.ts'

/**
 * What wakes a release besides changes of its own: its chart's news, what it depends on, ConfigMaps and Secrets that it
 * refers to. Knows what the pass under way is at, so that none is woken for what it has seen already; what is new to it
 * can break off its waits.
 */
export interface WakeUpsOptions {
  runtime: Runtime
  releases: Informer
  /** Of chart sources, by kind. */
  sources: ReadonlyMap<string, Informer>
  /** Without (feature gate `DisableConfigWatchers`), changes of ConfigMaps and Secrets are seen with the next pass. */
  watchesConfigs: boolean
  /** Waits for health end when something new is to be done (feature gate `CancelHealthCheckOnNewRevision`). */
  interruptsWaits: boolean
}

interface Attention {
  /** What the pass under way does with its source. */
  attending?: Artifact | 'looking'
  /** Its chart was not ready, or not there: whatever becomes of the source is worth a look. */
  waitingForChart?: boolean
  interrupt?: WaitInterrupt
}

export class WakeUps {
  /** Tells passes that wait a moment for their chart. */
  readonly sourceChanges = new SourceChanges()
  readonly #options: WakeUpsOptions
  readonly #attention = new Map<string, Attention>()
  readonly #dependents = new Dependents()
  readonly #configs: ConfigWatch | undefined
  #wake: Wake = () => {}

  constructor(options: WakeUpsOptions) {
    this.#options = options
    if (!options.watchesConfigs) return
    const onChange = (kind: string, namespace: string, name: string) => this.#wakeReferrersOf(kind, namespace, name)
    this.#configs = new ConfigWatch(options.runtime, onChange)
  }

  start(wake: Wake): void {
    const { releases, sources } = this.#options
    this.#wake = wake
    for (const informer of sources.values()) {
      informer.onChange(({ type, object, before }) => {
        this.sourceChanges.tell(object)
        if (type !== 'deleted') this.#wakeUsersOf(object, isNews(object, before))
      })
    }
    this.#configs?.start()
    releases.onChange(change => {
      const { object } = change
      const key = `${object.metadata.namespace}/${object.metadata.name}`
      // The queue has heard of it.
      if (isAsked(change)) this.#interrupt(key, object)
      for (const dependent of this.#dependents.of(key)) this.wake(dependent)
    })
  }

  async close(): Promise<void> {
    await this.#configs?.close()
  }

  /** A pass begins: it looks at everything itself. */
  begin(key: string): WaitInterrupt | undefined {
    this.#dependents.stop(key)
    const interrupt = this.#options.interruptsWaits ? new WaitInterrupt() : undefined
    this.#attention.set(key, { attending: 'looking', interrupt })
    return interrupt
  }

  attend(key: string, to: Artifact | 'looking' | undefined): void {
    this.#of(key).attending = to
  }

  /** A pass has ended. */
  end(key: string): void {
    const attention = this.#attention.get(key)
    if (!attention) return
    attention.attending = undefined
    attention.interrupt = undefined
  }

  awaitChart(key: string): void {
    this.#of(key).waitingForChart = true
  }

  awaitDependency(key: string, on: string): void {
    this.#dependents.wait(key, on)
  }

  forget(key: string): void {
    this.#dependents.stop(key)
    this.#attention.delete(key)
  }

  wake(key: string, after?: number): void {
    const slash = key.indexOf('/')
    this.#wake(key.slice(0, slash), key.slice(slash + 1), { after })
  }

  #of(key: string): Attention {
    const known = this.#attention.get(key)
    if (known) return known
    const attention = {}
    this.#attention.set(key, attention)
    return attention
  }

  #interrupt(key: string, { kind, metadata: { namespace, name } }: Trigger): void {
    this.#attention.get(key)?.interrupt?.by(`${kind}/${namespace}/${name}`)
  }

  #wakeReferrersOf(kind: string, namespace: string, name: string): void {
    for (const object of this.#options.releases.values()) {
      if (object.metadata.namespace !== namespace || !isKind(helmRelease, object)) continue
      if (!refersTo(object.spec.kubeConfig, object.spec.valuesFrom, { kind, name })) continue
      this.#interrupt(keyOf(object), { kind, metadata: { namespace, name } })
      this.wake(keyOf(object))
    }
  }

  #wakeUsersOf(source: KubeObject, news: boolean): void {
    const { namespace, name } = source.metadata
    for (const object of this.#options.releases.values()) {
      if (!isKind(helmRelease, object)) continue
      const key = keyOf(object)
      const attention = this.#attention.get(key)
      // Its first pass is still to come, or begins just now.
      if (!attention) continue
      const { waitingForChart: isAwaited = false, attending } = attention
      if (!isAwaited && !news) continue
      if (attending === 'looking' || (attending && attending.digest === artifactOf(source)?.digest)) continue
      const ref = chartSourceOf(object)
      if (ref.kind !== source.kind || ref.name !== name || ref.namespace !== namespace) continue
      if (!isAwaited && hasTried(object, artifactOf(source))) continue
      this.#interrupt(key, source)
      this.wake(key)
    }
  }
}

interface Trigger {
  kind: string
  metadata: { namespace?: string; name: string }
}

/** Whether a change of a release asks for another pass. */
function isAsked({ type, object, before }: Change<KubeObject>): boolean {
  if (type === 'deleted' || !before) return false
  const asked = object.metadata.annotations?.[annotations.requestedAt]
  return (
    object.metadata.generation !== before.metadata.generation ||
    object.metadata.deletionTimestamp !== before.metadata.deletionTimestamp ||
    (asked !== undefined && asked !== before.metadata.annotations?.[annotations.requestedAt])
  )
}
