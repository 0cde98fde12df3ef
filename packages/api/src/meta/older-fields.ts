/** Fields that several kinds once had: accepted at the versions that had them, and dropped when the object is stored. */
import { anything, array, object, required, string } from '../schema/schema.ts'
import { accessFrom, objectSelector } from './references.ts'

export function patchesStrategicMerge() {
  return array('Strategic merge patches. Dropped: use `patches`.', anything('One patch.'))
}

export function patchesJson6902() {
  return array(
    'JSON 6902 patches. Dropped: use `patches`.',
    object('One patch.', {
      patch: required(
        array(
          'Operations.',
          object('One operation.', {
            op: required(string('What to do.', { enum: ['test', 'remove', 'add', 'replace', 'move', 'copy'] })),
            path: required(string('JSON pointer of the field.')),
            from: string('JSON pointer of the field to move or copy.'),
            value: anything('The value.'),
          }),
        ),
      ),
      target: required(objectSelector('The objects to change.')),
    }),
  )
}

export function sharedWith() {
  return accessFrom('Never had an effect. Dropped.')
}

export function valuesFile() {
  return string('Values file to use instead of the default values. Dropped: use `valuesFiles`.')
}
