/** The list of objects that an applier owns, as Flux keeps it in a status. */
import { array, object, required, type Static, string } from '../schema/schema.ts'

export function inventory(
  description = 'The objects that were applied, which are deleted when they leave the manifests.',
) {
  return object(description, {
    entries: required(
      array(
        'One entry an object.',
        object('One applied object.', {
          id: required(string('`<namespace>_<name>_<group>_<kind>`.')),
          v: required(string('API version it was applied with.')),
        }),
      ),
    ),
  })
}

export type InventoryEntry = Static<ReturnType<typeof inventory>>['entries'][number]
