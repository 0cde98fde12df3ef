/** The rules for one container (k/k `apis/core/validation`). */
import type { Cause } from '../api-error.ts'
import {
  duplicate,
  forbiddenField,
  invalidValue,
  labelPattern,
  labelText,
  required,
  unsupported,
} from '../requests/metadata-validation.ts'
import { child, isJson, items, type Json, number, text } from './record.ts'

const maxId = 2147483647

const notFoundCause = (field: string, value: string): Cause => ({
  reason: 'FieldValueNotFound',
  message: `Not found: ${JSON.stringify(value)}`,
  field,
})

export const oneOf = (of: Json | undefined, key: string, path: string, supported: readonly string[]): Cause[] => {
  const value = of?.[key]
  return value === undefined || value === '' || supported.includes(String(value))
    ? []
    : [unsupported(`${path}.${key}`, value, supported)]
}

/** A user or group id. */
export function idCauses(of: Json, key: string, path: string): Cause[] {
  const value = of[key]
  return value === undefined || (number(value) >= 0 && number(value) <= maxId)
    ? []
    : [invalidValue(`${path}.${key}`, value, `must be between 0 and ${maxId}, inclusive`)]
}

export function seccompCauses(context: Json | undefined, path: string): Cause[] {
  const profile = child(context, 'seccompProfile')
  if (!profile) return []
  const where = `${path}.seccompProfile`
  if (profile.type === 'Localhost' && !text(profile.localhostProfile)) {
    return [required(`${where}.localhostProfile`, 'must be set when seccomp type is Localhost')]
  }
  return oneOf(profile, 'type', where, ['Localhost', 'RuntimeDefault', 'Unconfined'])
}

const portRange = 'must be between 1 and 65535, inclusive'
const isPort = (value: number) => value >= 1 && value <= 65535

function portNameProblems(name: string): string[] {
  const out: string[] = []
  if (name.length > 15) out.push('must be no more than 15 characters')
  if (!/^[-a-z0-9]*$/.test(name)) out.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)')
  else if (!/[a-z]/.test(name)) out.push('must contain at least one letter (a-z)')
  if (name.includes('--')) out.push('must not contain consecutive hyphens')
  if (name.startsWith('-') || name.endsWith('-')) out.push('must not begin or end with a hyphen')
  return out
}

export interface ContainerSurroundings {
  volumes: ReadonlySet<string>
  /** Names and host ports taken so far; grows. */
  names: Set<string>
  hostPorts: Set<string>
  hostNetwork: boolean
}

function portCauses(container: Json, path: string, around: ContainerSurroundings): Cause[] {
  const names = new Set<string>()
  return items(container, 'ports').flatMap((port, i) => {
    const where = `${path}.ports[${i}]`
    const out: Cause[] = []
    const name = text(port.name)
    if (name) {
      out.push(...portNameProblems(name).map(p => invalidValue(`${where}.name`, name, p)))
      if (names.has(name)) out.push(duplicate(`${where}.name`, name))
      names.add(name)
    }
    const value = number(port.containerPort)
    if (value === 0) out.push(required(`${where}.containerPort`))
    else if (!isPort(value)) out.push(invalidValue(`${where}.containerPort`, value, portRange))
    const host = number(port.hostPort)
    if (host && !isPort(host)) out.push(invalidValue(`${where}.hostPort`, host, portRange))
    else if (host) {
      if (around.hostNetwork && host !== value) {
        out.push(invalidValue(`${where}.hostPort`, host, 'must match `containerPort` when `hostNetwork` is true'))
      }
      const key = `${text(port.protocol)}/${text(port.hostIP)}/${host}`
      if (around.hostPorts.has(key)) out.push(duplicate(`${where}.hostPort`, key))
      around.hostPorts.add(key)
    }
    out.push(...oneOf(port, 'protocol', where, ['SCTP', 'TCP', 'UDP']))
    return out
  })
}

const envSources = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef', 'fileKeyRef']
const envFields =
  /^(?:metadata\.(?:name|namespace|uid)|metadata\.(?:labels|annotations)\['[^']+'\]|spec\.(?:nodeName|serviceAccountName)|status\.(?:hostIPs?|podIPs?))$/

function envCauses(container: Json, path: string): Cause[] {
  const out = items(container, 'env').flatMap((env, i) => {
    const where = `${path}.env[${i}]`
    const name = text(env.name)
    if (!name) return [required(`${where}.name`)]
    if (!/^[ -<>-~]+$/.test(name)) {
      const why = "a valid environment variable name must consist only of printable ASCII characters other than '='"
      return [invalidValue(`${where}.name`, name, why)]
    }
    return sourceCauses(env, where)
  })
  items(container, 'envFrom').forEach(source => {
    if (!child(source, 'configMapRef') && !child(source, 'secretRef')) {
      out.push(invalidValue(`${path}.envFrom`, '', 'must specify one of: `configMapRef` or `secretRef`'))
    }
  })
  return out
}

function sourceCauses(env: Json, where: string): Cause[] {
  const from = child(env, 'valueFrom')
  if (!from) return []
  const path = `${where}.valueFrom`
  if (text(env.value)) return [invalidValue(path, '', 'may not be specified when `value` is not empty')]
  const given = envSources.filter(source => isJson(from[source]))
  if (given.length === 0) {
    return [
      invalidValue(
        path,
        '',
        'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
      ),
    ]
  }
  if (given.length > 1) return [invalidValue(path, '', 'may not have more than one field specified at a time')]
  const field = child(from, 'fieldRef')
  if (field && !envFields.test(text(field.fieldPath))) {
    const why = `error converting fieldPath: field label not supported: ${text(field.fieldPath)}`
    return [invalidValue(`${path}.fieldRef.fieldPath`, field.fieldPath, why)]
  }
  for (const source of ['configMapKeyRef', 'secretKeyRef']) {
    const reference = child(from, source)
    if (reference && !text(reference.key)) return [required(`${path}.${source}.key`)]
  }
  return []
}

function mountCauses(container: Json, path: string, volumes: ReadonlySet<string>): Cause[] {
  const paths = new Set<string>()
  return items(container, 'volumeMounts').flatMap((mount, i) => {
    const where = `${path}.volumeMounts[${i}]`
    const out: Cause[] = []
    const volume = text(mount.name)
    if (!volume) out.push(required(`${where}.name`))
    else if (!volumes.has(volume)) out.push(notFoundCause(`${where}.name`, volume))
    const target = text(mount.mountPath)
    if (!target) out.push(required(`${where}.mountPath`))
    else if (paths.has(target)) out.push(invalidValue(`${where}.mountPath`, target, 'must be unique'))
    paths.add(target)
    return out
  })
}

/** A security context with all its fields, as Go prints it. */
const goContext = (context: Json) =>
  Object.fromEntries(
    [
      'capabilities',
      'privileged',
      'seLinuxOptions',
      'windowsOptions',
      'runAsUser',
      'runAsGroup',
      'runAsNonRoot',
      'readOnlyRootFilesystem',
      'allowPrivilegeEscalation',
      'procMount',
      'seccompProfile',
      'appArmorProfile',
    ].map(key => [
      key === 'seLinuxOptions' ? 'SELinuxOptions' : key.charAt(0).toUpperCase() + key.slice(1),
      context[key] ?? null,
    ]),
  )

function contextCauses(container: Json, path: string): Cause[] {
  const context = child(container, 'securityContext')
  if (!context) return []
  const where = `${path}.securityContext`
  const out = [
    ...idCauses(context, 'runAsUser', where),
    ...idCauses(context, 'runAsGroup', where),
    ...oneOf(context, 'procMount', where, ['Default', 'Unmasked']),
    ...seccompCauses(context, where),
  ]
  if (context.privileged === true && context.allowPrivilegeEscalation === false) {
    const why = 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'
    out.push(invalidValue(where, goContext(context), why))
  }
  return out
}

export function containerCauses(container: Json, path: string, around: ContainerSurroundings): Cause[] {
  const out: Cause[] = []
  const name = text(container.name)
  if (!name) out.push(required(`${path}.name`))
  else if (name.length > 63 || !labelPattern.test(name)) out.push(invalidValue(`${path}.name`, name, labelText))
  else if (around.names.has(name)) out.push(duplicate(`${path}.name`, name))
  around.names.add(name)
  const image = text(container.image)
  if (!image) out.push(required(`${path}.image`))
  else if (image.trim() !== image) {
    out.push(invalidValue(`${path}.image`, image, 'must not have leading or trailing whitespace'))
  }
  out.push(
    ...portCauses(container, path, around),
    ...envCauses(container, path),
    ...mountCauses(container, path, around.volumes),
    ...oneOf(container, 'terminationMessagePolicy', path, ['File', 'FallbackToLogsOnError']),
    ...oneOf(container, 'imagePullPolicy', path, ['Always', 'IfNotPresent', 'Never']),
    ...contextCauses(container, path),
  )
  return out
}

/** Besides: what only sidecars may have. */
export function initContainerCauses(container: Json, path: string): Cause[] {
  const out = oneOf(container, 'restartPolicy', path, ['Always', 'Never', 'OnFailure'])
  if (container.restartPolicy === 'Always') return out
  for (const part of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe']) {
    if (container[part] !== undefined) {
      out.push(forbiddenField(`${path}.${part}`, 'may not be set for init containers without restartPolicy=Always'))
    }
  }
  return out
}
