import {
  annotations,
  apiVersionOf,
  controllers,
  type FluxConfig,
  type FluxConfigStatus,
  fieldManagers,
  finalizers,
  fluxConfig as fluxConfigKind,
  type KubeObject,
} from '@sluice/api'
import {
  type FinalOutcome,
  type Outcome,
  type ReconcileContext,
  type Reconciler,
  type Runtime,
  timestamp,
  type Wake,
} from '@sluice/controller'
import { type Informer, isConflict, isNotFound, type KubeClient } from '@sluice/kube'
import { applyObjects } from './apply-objects.ts'
import { ChildObjects } from './child-objects.ts'
import { ConfigurationError } from './configuration-error.ts'
import { configurationStatus, deletingStatus, provisioningEvents } from './configuration-status.ts'
import { desiredObjects } from './desired-objects.ts'
import { parseGitUrl } from './git-url.ts'
import { kustomizationName } from './kustomization-object.ts'
import { managedLabels } from './managed-labels.ts'
import { ManagedObjects } from './managed-objects.ts'
import { gatherStatuses } from './managed-statuses.ts'
import { secretObject, secretTexts } from './secret-text.ts'
import { type ConfigurationSecrets, needsKeyPair, repositoryPublicKey } from './source-auth.ts'
import { sourceKindOf } from './source-object.ts'
import { newSshKeyPair } from './ssh-key-pair.ts'
import { keyPairSecretName, leftovers, nextTeardownStep, type refOf } from './teardown.ts'

/**
 * The fluxconfig controller: keeps what one FluxConfig shall have made equal to it, removes what left it, and gathers what became
 * of it. Changes of any of its objects wake it; nothing is polled. As long as all is as it shall be, a pass makes no request.
 */

/**
 * Changes of many objects within this time, in milliseconds, are looked at together; the more there are to look at, and to write
 * down, the longer. A thousand releases that become ready one by one must not cost a thousand statuses of a thousand entries.
 */
const GATHER = 50
const GATHER_CHILD = 2
const GATHER_MOST = 1_500
/** A look at what no watch tells of (a secret of the user's without our label), in milliseconds. */
const FULL_CHECK = 600_000
/** While waiting for deletions, whose watch events normally come first. */
const DELETION_CHECK = 30_000

function gatherTime(kustomization: KubeObject | undefined): number {
  const { inventory } = (kustomization?.status ?? {}) as { inventory?: { entries?: { id: string }[] } }
  const children = inventory?.entries?.filter(({ id }) => id.includes('.toolkit.fluxcd.io_')).length ?? 0
  return Math.min(GATHER + GATHER_CHILD * children, GATHER_MOST)
}

export class FluxConfigReconciler implements Reconciler<FluxConfig, FluxConfigStatus> {
  readonly name = controllers.fluxConfig
  readonly kind = { apiVersion: apiVersionOf(fluxConfigKind), kind: fluxConfigKind.kind }
  readonly statusManager = fieldManagers.fluxConfigController
  readonly finalizer = finalizers.fluxConfig
  readonly reconcilesSuspended = true
  readonly #client: KubeClient
  readonly #configs: Informer<KubeObject>
  readonly #managed: ManagedObjects
  readonly #children: ChildObjects
  #wake: Wake = () => {}

  constructor(runtime: Runtime) {
    this.#client = runtime.client
    this.#configs = runtime.informer(this.kind)
    this.#managed = new ManagedObjects(runtime)
    this.#children = new ChildObjects(runtime, this.#managed, ({ namespace, name }) => {
      const owner = this.#managed.get({ kind: 'Kustomization', metadata: { namespace, name } })
      const config = owner?.metadata.labels?.['clusterconfig.azure.com/name']
      if (config) this.#wake(namespace, config, { after: gatherTime(owner) })
    })
  }

  async start(wake: Wake): Promise<void> {
    this.#wake = wake
    const changed = (namespace: string, name: string) => wake(namespace, name, { after: GATHER })
    await this.#managed.start(changed, namespace => {
      for (const config of this.#configs.values()) {
        if (config.metadata.namespace === namespace) changed(namespace, config.metadata.name)
      }
    })
    // The last configuration of a namespace takes the service account with it: those being deleted look again.
    this.#configs.onChange(change => {
      if (change.type !== 'deleted') return
      for (const other of this.#configs.values()) {
        const { namespace = '', name, deletionTimestamp } = other.metadata
        if (deletionTimestamp && namespace === change.object.metadata.namespace) changed(namespace, name)
      }
    })
  }

  async close(): Promise<void> {
    await Promise.all([this.#managed.close(), this.#children.close()])
  }

  async reconcile(config: FluxConfig, context: ReconcileContext<FluxConfigStatus>): Promise<Outcome<FluxConfigStatus>> {
    const isNew = config.status?.lastSucceededGeneration !== config.metadata.generation
    const before = config.status ?? {}
    // One write has one time, however often it has to be tried: else each try would ask Flux to look again.
    const sameTry = before.observedGeneration === config.metadata.generation
    const updatedAt = (isNew && !sameTry ? undefined : before.lastConfigUpdateTime) ?? timestamp(context.now)
    // Asked for by a person: source and kustomizations look at once, too.
    const asked = config.metadata.annotations?.[annotations.requestedAt]
    const isAsked = asked !== undefined && asked !== before.lastHandledReconcileAt
    const problems: string[] = []
    let publicKey = before.repositoryPublicKey
    let waitingFor: string[] = []
    try {
      const secrets = await this.#secrets(config)
      publicKey = repositoryPublicKey(config, secrets)
      const desired = desiredObjects(config, secrets, { requestedAt: isAsked ? asked : updatedAt })
      const applied = await applyObjects(desired, config, {
        managed: this.#managed,
        client: this.#client,
        everything: isNew || isAsked,
        log: context.log,
      })
      problems.push(...applied.problems)
      waitingFor = applied.waitingFor
      if (problems.length === 0) waitingFor = [...waitingFor, ...(await this.#removeLeftovers(config, desired))]
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error
      problems.push(error.message)
    }
    const gathered = this.#gather(config)
    const facts = { gathered, problems, waitingFor, updatedAt, publicKey }
    const status = configurationStatus(config, facts, context.now)
    const next =
      problems.length > 0
        ? ({ kind: 'retry' } as const)
        : waitingFor.length > 0
          ? ({ kind: 'wait', after: DELETION_CHECK } as const)
          : ({ kind: 'done', after: FULL_CHECK } as const)
    return { status, events: provisioningEvents(before, status), next }
  }

  async finalize(config: FluxConfig, context: ReconcileContext<FluxConfigStatus>): Promise<FinalOutcome> {
    const { remove, done, waitingFor } = nextTeardownStep(this.#managed.ofConfig(config), this.#accountIsNeeded(config))
    if (done) return { released: true }
    for (const ref of remove) await this.#delete(ref)
    const message = `Waiting for the deletion of ${waitingFor.join(', ')}`
    const ready = { type: 'Ready', status: 'False', reason: 'Deleting', message } as const
    context.log.debug({ waitingFor }, 'taking the configuration away')
    await context.progress({ ...config.status, ...deletingStatus(config, ready, context.now) })
    return { released: false, after: DELETION_CHECK }
  }

  /**
   * Whether another configuration of the namespace still needs the shared service account. Of several that go at the same time, the
   * last by name takes it along, so that none is left over and none loses it while it prunes.
   */
  #accountIsNeeded({ metadata }: FluxConfig): boolean {
    const others = [...this.#configs.values()].filter(
      other => other.metadata.namespace === metadata.namespace && other.metadata.name !== metadata.name,
    )
    return others.some(
      other =>
        !other.metadata.deletionTimestamp ||
        other.metadata.name > metadata.name ||
        this.#managed.ofConfig(other).some(object => object.kind === 'Kustomization'),
    )
  }

  async #secrets(config: FluxConfig): Promise<ConfigurationSecrets> {
    const { namespace = '' } = config.metadata
    const ref = config.spec.protectedParametersSecretRef?.name
    const secret = ref ? await this.#secret(namespace, ref) : undefined
    if (ref && !secret) {
      throw new ConfigurationError(
        `Secret ${namespace}/${ref} with the protected settings does not exist: apply the configuration again with them`,
      )
    }
    const protectedSettings = secret && secretTexts(secret)
    const pair = needsKeyPair(config, protectedSettings) ? await this.#keyPair(config) : undefined
    return { protectedSettings, keyPair: pair }
  }

  async #secret(namespace: string, name: string): Promise<KubeObject | undefined> {
    return (
      this.#managed.secret(namespace, name) ??
      (await this.#client.find({ apiVersion: 'v1', kind: 'Secret', namespace, name }))
    )
  }

  /** Made once and kept until the configuration goes, also while the user's own key is in use. */
  async #keyPair(config: FluxConfig): Promise<ConfigurationSecrets['keyPair']> {
    const { namespace = '' } = config.metadata
    const name = keyPairSecretName(config)
    let secret = await this.#secret(namespace, name)
    if (!secret) {
      const host = parseGitUrl(config.spec.gitRepository?.url ?? '')?.host ?? ''
      const { privateKey, publicKey } = await newSshKeyPair(host)
      const made = secretObject(
        { name, namespace, labels: managedLabels(config) },
        { identity: privateKey, 'identity.pub': publicKey },
      )
      try {
        secret = await this.#client.create(made, { fieldManager: this.statusManager })
        this.#managed.observe(secret)
      } catch (error) {
        if (!isConflict(error)) throw error
        secret = await this.#client.get({ apiVersion: 'v1', kind: 'Secret', namespace, name })
      }
    }
    const { identity = '', 'identity.pub': publicKey = '' } = secretTexts(secret)
    return { privateKey: identity, publicKey }
  }

  /** Deletes what left the configuration; answers what is still there, because it is pruned first. */
  async #removeLeftovers(config: FluxConfig, desired: readonly KubeObject[]): Promise<string[]> {
    const left = leftovers(config, this.#managed.ofConfig(config), desired)
    if (left.length === 0) return []
    const { remove, waitingFor } = nextTeardownStep(left, true)
    for (const ref of remove) await this.#delete(ref)
    return waitingFor
  }

  #gather(config: FluxConfig) {
    const { namespace } = config.metadata
    const object = (kind: string, name: string) => this.#managed.get({ kind, metadata: { namespace, name } })
    const kustomizations = (config.spec.kustomizations ?? []).map(one =>
      object('Kustomization', kustomizationName(config, one.name)),
    )
    const source = object(sourceKindOf(config), config.metadata.name)
    return gatherStatuses(config, source, kustomizations, child => this.#children.get(child))
  }

  async #delete(ref: ReturnType<typeof refOf>): Promise<void> {
    try {
      await this.#client.delete(ref, { propagationPolicy: 'Background' })
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }
}
