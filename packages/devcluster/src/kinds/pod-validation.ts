/** The rules for pod specs that people meet (k/k `apis/core/validation`), wherever the spec appears. */
import type { Cause } from '../api-error.ts'
import { duplicate, invalidValue, labelPattern, labelText, required } from '../requests/metadata-validation.ts'
import { child, isJson, items, type Json, number, text } from './record.ts'

const notFoundCause = (field: string, value: string): Cause => ({
  reason: 'FieldValueNotFound',
  message: `Not found: ${JSON.stringify(value)}`,
  field,
})

function containerCauses(container: Json, path: string, names: Set<string>, volumes: ReadonlySet<string>): Cause[] {
  const out: Cause[] = []
  const name = text(container.name)
  if (!name) out.push(required(`${path}.name`))
  else if (name.length > 63 || !labelPattern.test(name)) out.push(invalidValue(`${path}.name`, name, labelText))
  else if (names.has(name)) out.push(duplicate(`${path}.name`, name))
  names.add(name)
  if (!text(container.image)) out.push(required(`${path}.image`))
  items(container, 'ports').forEach((port, i) => {
    const value = number(port.containerPort)
    const where = `${path}.ports[${i}].containerPort`
    if (port.containerPort === undefined) out.push(required(where))
    else if (value < 1 || value > 65535) out.push(invalidValue(where, value, 'must be between 1 and 65535, inclusive'))
  })
  items(container, 'env').forEach((env, i) => {
    if (!text(env.name)) out.push(required(`${path}.env[${i}].name`))
  })
  items(container, 'volumeMounts').forEach((mount, i) => {
    const volume = text(mount.name)
    if (!volume) out.push(required(`${path}.volumeMounts[${i}].name`))
    else if (!volumes.has(volume)) out.push(notFoundCause(`${path}.volumeMounts[${i}].name`, volume))
    if (!text(mount.mountPath)) out.push(required(`${path}.volumeMounts[${i}].mountPath`))
  })
  return out
}

export function podSpecCauses(spec: unknown, path: string): Cause[] {
  if (!isJson(spec)) return [required(`${path}.containers`)]
  const out: Cause[] = []
  const volumes = new Set<string>()
  items(spec, 'volumes').forEach((volume, i) => {
    const name = text(volume.name)
    if (!name) out.push(required(`${path}.volumes[${i}].name`))
    else if (name.length > 63 || !labelPattern.test(name)) {
      out.push(invalidValue(`${path}.volumes[${i}].name`, name, labelText))
    } else if (volumes.has(name)) out.push(duplicate(`${path}.volumes[${i}].name`, name))
    volumes.add(name)
  })
  const names = new Set<string>()
  const containers = items(spec, 'containers')
  if (containers.length === 0) out.push(required(`${path}.containers`))
  containers.forEach((c, i) => {
    out.push(...containerCauses(c, `${path}.containers[${i}]`, names, volumes))
  })
  items(spec, 'initContainers').forEach((c, i) => {
    out.push(...containerCauses(c, `${path}.initContainers[${i}]`, names, volumes))
  })
  return out
}

export function podTemplateCauses(template: unknown, path: string): Cause[] {
  if (!isJson(template)) return [required(`${path}.spec.containers`)]
  return podSpecCauses(child(template, 'spec'), `${path}.spec`)
}
