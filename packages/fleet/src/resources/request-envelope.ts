/**
 * Reads the outer part of a resource body: which members it may have, that `properties` is there, that read-only
 * members agree.
 */
import { badRequest, type ErrorDetail, validationFailed } from '../arm/arm-error.ts'
import { type Acceptance, acceptObject, type Field, isJson, type Json } from '../arm/field.ts'

/** Members that ARM ignores in a request because they are the service's own. */
const READ_ONLY: Record<string, Field> = {
  id: { type: 'string', readOnly: true },
  name: { type: 'string', readOnly: true },
  type: { type: 'string', readOnly: true },
  etag: { type: 'string', readOnly: true },
  systemData: { type: 'any', readOnly: true },
}

export interface ReadEnvelope {
  envelope: Json
  properties: Json
}

/**
 * `fields` are the envelope's own members besides `properties`. Problems with them go to `to`; a body that is none is
 * thrown.
 */
export function readEnvelope(body: unknown, fields: Record<string, Field>, to: Acceptance): ReadEnvelope {
  if (!isJson(body)) {
    throw badRequest(
      'InvalidRequestContent',
      'The request content was invalid: a JSON object with properties is expected.',
    )
  }
  const properties = body.properties ?? {}
  if (!isJson(properties)) {
    const message = "The property 'properties' must be an object."
    throw validationFailed([{ code: 'InvalidPropertyValue', target: 'properties', message }])
  }
  const envelope = acceptObject({ ...READ_ONLY, ...fields, properties: { type: 'any' } }, body, '', to)
  delete envelope.properties
  return { envelope, properties }
}

/** ARM's rule: a `provisioningState` in a body is ignored when it is the present one, refused otherwise. */
export function provisioningStateProblem(properties: Json, state: string): ErrorDetail | undefined {
  const given = properties.provisioningState
  if (given === undefined || given === null || given === state) return undefined
  const target = 'properties.provisioningState'
  const message = `The property '${target}' is read-only: it is '${state}', the request has '${String(given)}'.`
  return { code: 'ReadOnlyProperty', target, message }
}
