/** Validation of webhook configurations and admission policies (apiserver `admissionregistration/validation`). */
import type { KubeObject } from '@sluice/api'
import type { Cause } from '../api-error.ts'
import { duplicate, invalidValue, required, subdomainPattern, unsupported } from '../requests/metadata-validation.ts'
import { child, items, type Json, number, strings, text } from './record.ts'

const reviewVersions = ['v1', 'v1beta1']
const operations = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT']

function urlCauses(url: string, path: string): Cause[] {
  let parsed: URL
  try {
    parsed = new URL(url)
  } catch {
    return [required(path, 'url must be a valid URL; desired format: https://host[/path]')]
  }
  const out: Cause[] = []
  const scheme = parsed.protocol.slice(0, -1)
  if (scheme !== 'https') {
    const only = "'https' is the only allowed URL scheme; desired format: https://host[/path]"
    out.push(invalidValue(path, scheme, only))
  }
  const user = [parsed.username, ...(parsed.password ? [parsed.password] : [])].join(':')
  if (user) out.push(invalidValue(path, user, 'user information is not permitted in the URL'))
  if (parsed.hash) out.push(invalidValue(path, parsed.hash.slice(1), 'fragments are not permitted in the URL'))
  if (parsed.search) {
    out.push(invalidValue(path, parsed.search.slice(1), 'query parameters are not permitted in the URL'))
  }
  return out
}

function serviceCauses(service: Json, path: string): Cause[] {
  const out: Cause[] = []
  if (!text(service.name)) out.push(required(`${path}.name`))
  if (!text(service.namespace)) out.push(required(`${path}.namespace`))
  const port = number(service.port)
  if (port < 1 || port > 65535) {
    out.push(invalidValue(`${path}.port`, port, 'port is not valid: must be between 1 and 65535, inclusive'))
  }
  const where = text(service.path)
  if (where === '' || where === '/') return out
  if (!where.startsWith('/')) out.push(invalidValue(`${path}.path`, where, "must start with a '/'"))
  const segments = where.slice(1).replace(/\/$/, '').split('/')
  segments.forEach((segment, i) => {
    if (segment === '') out.push(invalidValue(`${path}.path`, where, `segment[${i}] may not be empty`))
  })
  return out
}

function clientCauses(config: Json, path: string): Cause[] {
  const service = child(config, 'service')
  const hasUrl = config.url !== undefined
  if (hasUrl === (service !== undefined)) return [required(path, 'exactly one of url or service is required')]
  return service ? serviceCauses(service, `${path}.service`) : urlCauses(text(config.url), `${path}.url`)
}

function resourceCauses(resources: readonly string[], path: string): Cause[] {
  if (resources.length === 0) return [required(path)]
  const out: Cause[] = []
  resources.forEach((resource, i) => {
    if (resource === '') out.push(required(`${path}[${i}]`))
  })
  if (resources.includes('*/*') && resources.length > 1) {
    out.push(invalidValue(path, resources, "if '*/*' is present, must not specify other resources"))
  }
  if (resources.includes('*') && resources.some(r => r !== '*' && !r.includes('/'))) {
    const why = "if '*' is present, must not specify other resources without subresources"
    out.push(invalidValue(path, resources, why))
  }
  return out
}

/** A list in which `*` stands alone and nothing is empty, unless the empty text has a meaning there. */
function listCauses(values: readonly string[], path: string, what: string, mayBeEmpty = false): Cause[] {
  if (values.length === 0) return [required(path)]
  const out: Cause[] = []
  if (values.length > 1 && values.includes('*')) {
    out.push(invalidValue(path, values, `if '*' is present, must not specify other ${what}`))
  }
  values.forEach((value, i) => {
    if (value === '' && !mayBeEmpty) out.push(required(`${path}[${i}]`))
  })
  return out
}

function ruleCauses(rule: Json, path: string): Cause[] {
  const actions = strings(rule.operations)
  const out = [
    ...listCauses(actions, `${path}.operations`, 'operations'),
    ...actions.flatMap((action, i) =>
      action === '*' || operations.includes(action)
        ? []
        : [unsupported(`${path}.operations[${i}]`, action, ['*', ...operations].sort())],
    ),
    ...listCauses(strings(rule.apiGroups), `${path}.apiGroups`, 'API groups', true),
    ...listCauses(strings(rule.apiVersions), `${path}.apiVersions`, 'API versions'),
    ...resourceCauses(strings(rule.resources), `${path}.resources`),
  ]
  const scopes = ['*', 'Cluster', 'Namespaced']
  if (rule.scope !== undefined && !scopes.includes(text(rule.scope))) {
    out.push(unsupported(`${path}.scope`, rule.scope, scopes))
  }
  return out
}

function webhookCauses(hook: Json, path: string): Cause[] {
  const out: Cause[] = []
  const name = text(hook.name)
  if (!name) out.push(required(`${path}.name`))
  else if (name.split('.').length < 3 || !subdomainPattern.test(name)) {
    const why = 'should be a domain with at least three segments separated by dots'
    out.push(invalidValue(`${path}.name`, name, why))
  }
  const versions = strings(hook.admissionReviewVersions)
  if (versions.length === 0) {
    out.push(required(`${path}.admissionReviewVersions`, `must specify one of ${reviewVersions.join(', ')}`))
  } else if (!versions.some(v => reviewVersions.includes(v))) {
    const why = `must include at least one of ${reviewVersions.join(', ')}`
    out.push(invalidValue(`${path}.admissionReviewVersions`, versions, why))
  }
  items(hook, 'rules').forEach((rule, i) => {
    out.push(...ruleCauses(rule, `${path}.rules[${i}]`))
  })
  const allowed = {
    failurePolicy: ['Fail', 'Ignore'],
    matchPolicy: ['Equivalent', 'Exact'],
    sideEffects: ['None', 'NoneOnDryRun'],
  }
  for (const [field, values] of Object.entries(allowed)) {
    const value = hook[field]
    if (!value && field === 'sideEffects') {
      out.push(required(`${path}.${field}`, `must specify one of ${values.join(', ')}`))
    } else if (value && !values.includes(text(value))) {
      out.push(unsupported(`${path}.${field}`, value, values))
    }
  }
  const seconds = hook.timeoutSeconds
  if (typeof seconds === 'number' && (seconds < 1 || seconds > 30)) {
    const why = 'the timeout value must be between 1 and 30 seconds'
    out.push(invalidValue(`${path}.timeoutSeconds`, seconds, why))
  }
  out.push(...clientCauses(child(hook, 'clientConfig') ?? {}, `${path}.clientConfig`))
  return out
}

export function webhookConfigurationCauses(object: KubeObject): Cause[] {
  const seen = new Set<string>()
  return items(object, 'webhooks').flatMap((hook, i) => {
    const name = text(hook.name)
    const again = seen.has(name)
    seen.add(name)
    const path = `webhooks[${i}]`
    return [...webhookCauses(hook, path), ...(again ? [duplicate(`${path}.name`, name)] : [])]
  })
}

const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge']

export function admissionPolicyCauses(object: KubeObject): Cause[] {
  return items(child(object, 'spec'), 'validations').flatMap((validation, i) =>
    validation.reason === undefined || reasons.includes(text(validation.reason))
      ? []
      : [unsupported(`spec.validations[${i}].reason`, validation.reason, reasons)],
  )
}
