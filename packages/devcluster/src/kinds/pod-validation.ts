/** The rules for pod specs that people meet (k/k `apis/core/validation`), wherever the spec appears. */
import { isIP } from 'node:net'
import type { Cause } from '../api-error.ts'
import {
  duplicate,
  forbiddenField,
  invalidValue,
  labelCauses,
  labelPattern,
  labelText,
  nameProblems,
  qualifiedNameProblems,
  required,
  unsupported,
} from '../requests/metadata-validation.ts'
import {
  type ContainerSurroundings,
  containerCauses,
  idCauses,
  initContainerCauses,
  oneOf,
  seccompCauses,
} from './container-validation.ts'
import { child, isJson, items, type Json, number, strings, text } from './record.ts'

function volumeCauses(spec: Json, path: string, volumes: Set<string>): Cause[] {
  return items(spec, 'volumes').flatMap((volume, i) => {
    const where = `${path}.volumes[${i}].name`
    const name = text(volume.name)
    const isTaken = volumes.has(name)
    volumes.add(name)
    if (!name) return [required(where)]
    if (name.length > 63 || !labelPattern.test(name)) return [invalidValue(where, name, labelText)]
    return isTaken ? [duplicate(where, name)] : []
  })
}

function contextCauses(spec: Json, path: string): Cause[] {
  const context = child(spec, 'securityContext')
  if (!context) return []
  const where = `${path}.securityContext`
  const out = [
    ...idCauses(context, 'fsGroup', where),
    ...idCauses(context, 'runAsUser', where),
    ...idCauses(context, 'runAsGroup', where),
  ]
  const groups = Array.isArray(context.supplementalGroups) ? context.supplementalGroups : []
  groups.forEach((id, i) => {
    out.push(...idCauses({ [`supplementalGroups[${i}]`]: id }, `supplementalGroups[${i}]`, where))
  })
  const pattern = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/
  items(context, 'sysctls').forEach((sysctl, i) => {
    const name = text(sysctl.name)
    if (name.length <= 253 && pattern.test(name)) return
    out.push(
      invalidValue(
        `${where}.sysctls[${i}].name`,
        name,
        'must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$',
      ),
    )
  })
  out.push(
    ...oneOf(context, 'fsGroupChangePolicy', where, ['Always', 'OnRootMismatch']),
    ...seccompCauses(context, where),
  )
  if (spec.shareProcessNamespace === true && spec.hostPID === true) {
    out.push(
      invalidValue(`${where}.shareProcessNamespace`, true, 'ShareProcessNamespace and HostPID cannot both be enabled'),
    )
  }
  return out
}

function tolerationCauses(spec: Json, path: string): Cause[] {
  return items(spec, 'tolerations').flatMap((toleration, i) => {
    const where = `${path}.tolerations[${i}]`
    const { key, operator, value, effect } = toleration
    const out: Cause[] = []
    if (key) out.push(...qualifiedNameProblems(text(key)).map(p => invalidValue(`${where}.key`, key, p)))
    if (!key && operator !== 'Exists') {
      out.push(
        invalidValue(
          `${where}.operator`,
          text(operator),
          'operator must be Exists when `key` is empty, which means "match all values and all keys"',
        ),
      )
    }
    if (toleration.tolerationSeconds !== undefined && effect !== 'NoExecute') {
      out.push(
        invalidValue(`${where}.effect`, text(effect), "effect must be 'NoExecute' when `tolerationSeconds` is set"),
      )
    }
    if (operator === 'Exists' && value) {
      out.push(invalidValue(`${where}.operator`, value, "value must be empty when `operator` is 'Exists'"))
    }
    out.push(...oneOf(toleration, 'operator', where, ['Equal', 'Exists']))
    out.push(...oneOf(toleration, 'effect', where, ['NoSchedule', 'PreferNoSchedule', 'NoExecute']))
    return out
  })
}

function spreadCauses(spec: Json, path: string): Cause[] {
  const seen = new Set<string>()
  return items(spec, 'topologySpreadConstraints').flatMap((constraint, i) => {
    const where = `${path}.topologySpreadConstraints[${i}]`
    const { topologyKey, whenUnsatisfiable } = constraint
    const out: Cause[] = []
    if (number(constraint.maxSkew) <= 0) {
      out.push(invalidValue(`${where}.maxSkew`, number(constraint.maxSkew), 'must be greater than zero'))
    }
    if (!text(topologyKey)) out.push(required(`${where}.topologyKey`, 'can not be empty'))
    const policies = ['DoNotSchedule', 'ScheduleAnyway']
    if (!policies.includes(text(whenUnsatisfiable))) {
      out.push(unsupported(`${where}.whenUnsatisfiable`, whenUnsatisfiable, policies))
    } else if (constraint.minDomains !== undefined && whenUnsatisfiable !== 'DoNotSchedule') {
      const why = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`
      out.push(invalidValue(`${where}.minDomains`, constraint.minDomains, why))
    }
    const key = `{${text(topologyKey)}, ${text(whenUnsatisfiable)}}`
    if (seen.has(key)) {
      const first = `${path}.topologySpreadConstraints[${[...seen].indexOf(key)}].{topologyKey, whenUnsatisfiable}`
      out.push(duplicate(first, key))
    }
    seen.add(key)
    return out
  })
}

const ipText = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'

function dnsCauses(spec: Json, path: string): Cause[] {
  const config = child(spec, 'dnsConfig')
  if (!config) {
    return spec.dnsPolicy === 'None'
      ? [required(`${path}.dnsConfig`, 'must provide `dnsConfig` when `dnsPolicy` is None')]
      : []
  }
  const out: Cause[] = []
  strings(config.nameservers).forEach((address, i) => {
    if (!isIP(address)) out.push(invalidValue(`${path}.dnsConfig.nameservers[${i}]`, address, ipText))
  })
  items(config, 'options').forEach((option, i) => {
    if (!text(option.name)) out.push(required(`${path}.dnsConfig.options[${i}]`, 'must not be empty'))
  })
  return out
}

function hostCauses(spec: Json, path: string): Cause[] {
  const out: Cause[] = []
  for (const key of ['hostname', 'subdomain']) {
    const value = text(spec[key])
    if (value) out.push(...nameProblems(value, 'label').map(p => invalidValue(`${path}.${key}`, value, p)))
  }
  const node = text(spec.nodeName)
  if (node) out.push(...nameProblems(node, 'subdomain').map(p => invalidValue(`${path}.nodeName`, node, p)))
  items(spec, 'hostAliases').forEach((alias, i) => {
    const where = `${path}.hostAliases[${i}]`
    if (!isIP(text(alias.ip))) out.push(invalidValue(`${where}.ip`, text(alias.ip), ipText))
    strings(alias.hostnames).forEach((name, j) => {
      out.push(...nameProblems(name, 'subdomain').map(p => invalidValue(`${where}.hostnames[${j}]`, name, p)))
    })
  })
  return out
}

function gateCauses(spec: Json, path: string): Cause[] {
  const out: Cause[] = []
  items(spec, 'readinessGates').forEach((gate, i) => {
    const type = text(gate.conditionType)
    const where = `${path}.readinessGates[${i}].conditionType`
    out.push(...qualifiedNameProblems(type).map(p => invalidValue(where, type, p)))
  })
  const seen = new Set<string>()
  items(spec, 'schedulingGates').forEach((gate, i) => {
    const name = text(gate.name)
    const where = `${path}.schedulingGates[${i}]`
    out.push(...qualifiedNameProblems(name).map(p => invalidValue(where, name, p)))
    if (seen.has(name)) out.push(duplicate(where, name))
    seen.add(name)
  })
  return out
}

/** What only Linux has. */
function windowsCauses(spec: Json, path: string): Cause[] {
  const os = child(spec, 'os')
  if (!os) return []
  if (os.name !== 'linux' && os.name !== 'windows') return [unsupported(`${path}.os`, os.name, ['linux', 'windows'])]
  if (os.name !== 'windows') return []
  const why = 'cannot be set for a windows pod'
  const out = ['hostPID', 'hostIPC', 'hostNetwork', 'shareProcessNamespace']
    .filter(key => spec[key] === true)
    .map(key => forbiddenField(`${path}.${key}`, why))
  const context = child(spec, 'securityContext') ?? {}
  for (const key of [
    'seLinuxOptions',
    'seccompProfile',
    'fsGroup',
    'sysctls',
    'runAsUser',
    'runAsGroup',
    'supplementalGroups',
  ]) {
    if (context[key] !== undefined) out.push(forbiddenField(`${path}.securityContext.${key}`, why))
  }
  return out
}

export function podSpecCauses(spec: unknown, path: string): Cause[] {
  if (!isJson(spec)) return [required(`${path}.containers`)]
  const volumes = new Set<string>()
  const out = volumeCauses(spec, path, volumes)
  const around: ContainerSurroundings = {
    volumes,
    names: new Set(),
    hostPorts: new Set(),
    hostNetwork: spec.hostNetwork === true,
  }
  const containers = items(spec, 'containers')
  if (containers.length === 0) out.push(required(`${path}.containers`))
  containers.forEach((c, i) => {
    out.push(...containerCauses(c, `${path}.containers[${i}]`, around))
  })
  items(spec, 'initContainers').forEach((c, i) => {
    const where = `${path}.initContainers[${i}]`
    out.push(...containerCauses(c, where, around), ...initContainerCauses(c, where))
  })
  out.push(
    ...oneOf(spec, 'restartPolicy', path, ['Always', 'OnFailure', 'Never']),
    ...oneOf(spec, 'dnsPolicy', path, ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']),
    ...labelCauses(stringMap(child(spec, 'nodeSelector')), `${path}.nodeSelector`),
    ...contextCauses(spec, path),
    ...hostCauses(spec, path),
    ...tolerationCauses(spec, path),
    ...dnsCauses(spec, path),
    ...gateCauses(spec, path),
    ...spreadCauses(spec, path),
    ...windowsCauses(spec, path),
  )
  const deadline = spec.activeDeadlineSeconds
  if (deadline !== undefined && (number(deadline) < 1 || number(deadline) > 2147483647)) {
    out.push(invalidValue(`${path}.activeDeadlineSeconds`, deadline, 'must be between 1 and 2147483647, inclusive'))
  }
  return out
}

const stringMap = (map: Json | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(map ?? {}).map(([k, v]) => [k, text(v)]))

export function podTemplateCauses(template: unknown, path: string): Cause[] {
  if (!isJson(template)) return [required(`${path}.spec.containers`)]
  return podSpecCauses(child(template, 'spec'), `${path}.spec`)
}
