import { inParallel } from '@sluice/kube'
import type { BuiltObject } from './build-objects.ts'

/** Requests of one action in flight, at most. */
export const applyWindow = 16

/**
 * Works on objects in their order: those of one kind that follow each other side by side, one kind after the other.
 * `work` must not throw for an object that may not stop the others.
 */
export async function sideBySide(
  objects: readonly BuiltObject[],
  work: (built: BuiltObject) => Promise<void>,
): Promise<void> {
  for (let from = 0; from < objects.length; ) {
    const kind = objects[from]?.ref.kind
    let to = from
    while (to < objects.length && objects[to]?.ref.kind === kind) to++
    await inParallel(objects.slice(from, to), applyWindow, work)
    from = to
  }
}
