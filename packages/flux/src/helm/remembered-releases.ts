import type { HelmRelease } from '@sluice/api'
import type { StoredRelease } from './decide.ts'
import { keyOf } from './release-spec.ts'
import { latestOf } from './snapshots.ts'
import type { StatusDraft } from './status-draft.ts'

/** Releases found in sync, and what each would have to be looked at again for: others cost no look into storage. */
interface Remembered {
  generation: number | undefined
  /** Of its records. */
  mark: number | undefined
  /** Of the snapshot that its newest record was compared with. */
  digest: string | undefined
  stored: StoredRelease
}

export class RememberedReleases {
  readonly #releases = new Map<string, Remembered>()

  /** Undefined when anything is not as it was. `mark` is that of its records now. */
  find(object: HelmRelease, mark: number | undefined): StoredRelease | undefined {
    const remembered = this.#releases.get(keyOf(object))
    const isSame =
      mark !== undefined &&
      remembered?.mark === mark &&
      remembered.generation === object.metadata.generation &&
      remembered.digest === latestOf(object.status?.history)?.digest
    return isSame ? remembered.stored : undefined
  }

  note(object: HelmRelease, draft: StatusDraft, mark: number | undefined, stored: StoredRelease): void {
    const { generation } = object.metadata
    this.#releases.set(keyOf(object), { generation, mark, digest: latestOf(draft.value.history)?.digest, stored })
  }

  forget(key: string): void {
    this.#releases.delete(key)
  }
}
