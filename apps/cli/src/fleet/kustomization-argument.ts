/**
 * `-k/--kustomization KEY=VALUE ...` of `flux create` and `flux update`: each occurrence defines one kustomization.
 * Commander joins the values of all occurrences, so they are read from the raw arguments.
 */
import { isJson, type Json } from '../fleet-client.ts'
import { durationSeconds, refuseUsage, validateKustomizationName } from './flux-validators.ts'

const OPTION = '--kustomization'

/** The values of each occurrence of the option. */
export function kustomizationOccurrences(rawArguments: readonly string[]): string[][] {
  const occurrences: string[][] = []
  let current: string[] | undefined
  for (const argument of rawArguments) {
    if (argument === '--') break
    if (argument === '-k' || argument === OPTION) {
      current = []
      occurrences.push(current)
    } else if (argument.startsWith(`${OPTION}=`)) {
      current = [argument.slice(OPTION.length + 1)]
      occurrences.push(current)
    } else if (/^-k./.test(argument)) {
      current = [argument.slice(2)]
      occurrences.push(current)
    } else if (argument.startsWith('-')) {
      current = undefined
    } else {
      current?.push(argument)
    }
  }
  return occurrences
}

const KEYS: Record<string, string> = {
  name: 'name',
  path: 'path',
  dependencies: 'dependsOn',
  depends_on: 'dependsOn',
  dependsOn: 'dependsOn',
  depends: 'dependsOn',
  interval: 'syncIntervalInSeconds',
  sync_interval: 'syncIntervalInSeconds',
  syncInterval: 'syncIntervalInSeconds',
  retryInterval: 'retryIntervalInSeconds',
  retry_interval: 'retryIntervalInSeconds',
  timeout: 'timeoutInSeconds',
  prune: 'prune',
  force: 'force',
  'disable-health-check': 'wait',
  disable_health_check: 'wait',
}

function truth(value: string, key: string): boolean {
  if (/^(true|false)$/i.test(value)) return value.toLowerCase() === 'true'
  return refuseUsage(`Error! Invalid ${key} '${value}' in ${OPTION}.`, 'Allowed values: true, false')
}

export function dependencyNames(value: string): string[] {
  return value
    .replace(/^\[|\]$/g, '')
    .split(',')
    .map(name => name.trim().replace(/^(['"])(.*)\1$/, '$2'))
    .filter(name => name !== '')
}

function fieldValue(key: string, field: string, value: string): unknown {
  if (field === 'dependsOn') return dependencyNames(value)
  if (field.endsWith('InSeconds')) return durationSeconds(value, key)
  if (field === 'wait') return !truth(value, key)
  if (field === 'prune' || field === 'force') return truth(value, key)
  return value
}

/** One occurrence as a name and the fields that were given. */
export function kustomizationOf(pairs: readonly string[]): { name: string; fields: Json } {
  const fields: Json = {}
  for (const pair of pairs) {
    const equals = pair.indexOf('=')
    const key = pair.slice(0, equals)
    if (equals <= 0) refuseUsage(`usage error: ${OPTION} KEY=VALUE [KEY=VALUE ...]`)
    const field = KEYS[key]
    if (field === undefined) {
      refuseUsage(`usage error: ${OPTION} has no key '${key}'`, `Known keys: ${Object.keys(KEYS).join(', ')}`)
    }
    fields[field] = fieldValue(key, field, pair.slice(equals + 1))
  }
  const { name, ...rest } = fields
  if (typeof name !== 'string' || name === '') {
    refuseUsage(
      "Error! Kustomization definition is invalid, required values {'name'} not found",
      'Add the required values to the Kustomization object and try again',
    )
  }
  validateKustomizationName(name)
  return { name, fields: rest }
}

const COMBINED_LIMIT = 62

/** All occurrences as the map that goes to the service; undefined when there is none. */
export function kustomizationMap(rawArguments: readonly string[], configuration: string): Json | undefined {
  const occurrences = kustomizationOccurrences(rawArguments)
  if (occurrences.length === 0) return undefined
  const map: Json = {}
  for (const pairs of occurrences) {
    const { name, fields } = kustomizationOf(pairs)
    if (isJson(map[name])) {
      refuseUsage(
        `Error! Invalid kustomization list. Kustomization name '${name}' duplicated in multiple Kustomization objects`,
      )
    }
    if (configuration.length + name.length > COMBINED_LIMIT) {
      refuseUsage(
        `Error! Invalid Kustomization list. Flux configuration name '${configuration}' combined with kustomization name ` +
          `'${name}' cannot be greater than ${COMBINED_LIMIT} characters`,
      )
    }
    map[name] = fields
  }
  return map
}
