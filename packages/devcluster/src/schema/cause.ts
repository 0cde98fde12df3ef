/** Field problems in the words of apimachinery's `field.Error`: reason, and the body that follows the field's name. */
export interface Cause {
  reason: string
  message: string
  field: string
}

/** A value as a message shows it: strings quoted, numbers and booleans plain, the rest as JSON. */
export const shown = (value: unknown): string => (value === undefined ? 'null' : JSON.stringify(value))

export const invalid = (field: string, value: unknown, detail: string): Cause => ({
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${shown(value)}${detail === '' ? '' : `: ${detail}`}`,
  field,
})

export const typeInvalid = (field: string, value: unknown, detail: string): Cause => ({
  ...invalid(field, value, detail),
  reason: 'FieldValueTypeInvalid',
})

export const required = (field: string): Cause => ({ reason: 'FieldValueRequired', message: 'Required value', field })

export const duplicate = (field: string, value: unknown): Cause => ({
  reason: 'FieldValueDuplicate',
  message: `Duplicate value: ${shown(value)}`,
  field,
})

export const notSupported = (field: string, value: unknown, supported: readonly unknown[]): Cause => ({
  reason: 'FieldValueNotSupported',
  message: `Unsupported value: ${shown(value)}: supported values: ${supported.map(item => JSON.stringify(String(item))).join(', ')}`,
  field,
})

export const tooLong = (field: string, max: number): Cause => ({
  reason: 'FieldValueTooLong',
  message: `Too long: may not be more than ${max} bytes`,
  field,
})

export const tooMany = (field: string, count: number, max: number): Cause => ({
  reason: 'FieldValueTooMany',
  message: `Too many: ${count}: must have at most ${max} items`,
  field,
})
