/**
 * What a flux configuration must satisfy beyond the types of its fields: the source that belongs to its kind, exactly
 * one revision to follow, kustomizations that exist and do not wait for each other in a circle, names that fit into
 * the cluster. Pure: properties in, problems out.
 */
import type { ErrorDetail } from '../arm/arm-error.ts'
import { isJson, type Json } from '../arm/field.ts'
import { SOURCE_BLOCKS } from './flux-configuration-fields.ts'
import { base64Problem, urlProblem } from './name-rules.ts'

const GIT_SCHEMES = ['http://', 'https://', 'git@', 'ssh://']
const WEB_SCHEMES = ['http://', 'https://']
/** `<configuration>-<kustomization>` becomes the value of a label. */
const COMBINED_NAME_LIMIT = 62

function invalid(target: string, message: string): ErrorDetail {
  return { code: 'InvalidPropertyValue', target, message }
}

function sourceProblems(properties: Json, secrets: Record<string, string>): ErrorDetail[] {
  const kind = String(properties.sourceKind)
  const blockName = SOURCE_BLOCKS[kind] ?? kind
  const block = properties[blockName]
  const problems: ErrorDetail[] = []
  if (!isJson(block)) {
    problems.push({
      code: 'InvalidSourceKind',
      target: `properties.${blockName}`,
      message:
        `Invalid source kind match. Config with specified source kind '${kind}' must contain corresponding body ` +
        `specified in the properties.`,
    })
  }
  for (const [otherKind, other] of Object.entries(SOURCE_BLOCKS)) {
    if (otherKind !== kind && properties[other] !== undefined) {
      problems.push({
        code: 'InvalidSourceKind',
        target: `properties.${other}`,
        message: `The property 'properties.${other}' belongs to source kind '${otherKind}', but the source kind is '${kind}'.`,
      })
    }
  }
  if (!isJson(block)) return problems
  const target = `properties.${blockName}`
  if (typeof block.url === 'string' && kind !== 'OCIRepository') {
    const wrong = urlProblem(block.url, kind === 'GitRepository' ? GIT_SCHEMES : WEB_SCHEMES)
    if (wrong !== undefined) problems.push(invalid(`${target}.url`, `The url of '${target}' is invalid: ${wrong}.`))
  }
  if (kind === 'OCIRepository' && typeof block.url === 'string' && !block.url.startsWith('oci://')) {
    problems.push(invalid(`${target}.url`, `The url of '${target}' must begin with 'oci://'.`))
  }
  if (kind === 'GitRepository') problems.push(...refProblems(block, target), ...gitAuthProblems(block, target))
  if (kind === 'AzureBlob') problems.push(...blobAuthProblems(block, target, secrets))
  return problems
}

function refProblems(block: Json, target: string): ErrorDetail[] {
  const ref = isJson(block.repositoryRef) ? block.repositoryRef : {}
  const given = ['branch', 'tag', 'semver', 'commit'].filter(key => ref[key] !== undefined && ref[key] !== '')
  const at = `${target}.repositoryRef`
  if (given.length === 1) return []
  if (given.length === 2 && given.includes('branch') && given.includes('commit')) return []
  if (given.length === 0) {
    return [invalid(at, `The property '${at}' must name what to follow: exactly one of branch, tag, semver, commit.`)]
  }
  return [
    invalid(
      at,
      `The property '${at}' must have exactly one of branch, tag, semver, commit, but has ${given.join(', ')}.`,
    ),
  ]
}

function gitAuthProblems(block: Json, target: string): ErrorDetail[] {
  const problems: ErrorDetail[] = []
  const isWeb = typeof block.url === 'string' && /^https?:/.test(block.url)
  if (isWeb && block.sshKnownHosts !== undefined) {
    problems.push(invalid(`${target}.sshKnownHosts`, `'${target}.sshKnownHosts' cannot be used with an http(s) url.`))
  }
  for (const key of ['httpsUser', 'httpsCACert']) {
    if (!isWeb && typeof block.url === 'string' && block[key] !== undefined) {
      problems.push(invalid(`${target}.${key}`, `'${target}.${key}' cannot be used with a non-http(s) url.`))
    }
  }
  return problems
}

function blobAuthProblems(block: Json, target: string, secrets: Record<string, string>): ErrorDetail[] {
  const given = [
    ...['servicePrincipal', 'localAuthRef', 'managedIdentity'].filter(key => block[key] !== undefined),
    ...['accountKey', 'sasToken'].filter(key => secrets[`azureBlob.${key}`] !== undefined),
  ]
  if (given.length < 2) return []
  return [invalid(target, `'${target}' has too many authentication methods: ${given.join(', ')}. Give at most one.`)]
}

/** A circle among `dependsOn` as the names along it, or nothing. Depth first without recursion: a chain may be long. */
export function dependencyCycle(dependencies: Map<string, string[]>): string[] | undefined {
  const state = new Map<string, 'open' | 'done'>()
  for (const start of dependencies.keys()) {
    const path: { name: string; next: number }[] = [{ name: start, next: 0 }]
    while (path.length > 0) {
      const top = path[path.length - 1]!
      if (state.get(top.name) !== 'done') state.set(top.name, 'open')
      const dependency = state.get(top.name) === 'done' ? undefined : dependencies.get(top.name)?.[top.next]
      if (dependency === undefined) {
        state.set(top.name, 'done')
        path.pop()
        continue
      }
      top.next += 1
      if (state.get(dependency) === 'open') {
        const from = path.findIndex(step => step.name === dependency)
        return [...path.slice(from).map(step => step.name), dependency]
      }
      if (state.get(dependency) !== 'done') path.push({ name: dependency, next: 0 })
    }
  }
  return undefined
}

function kustomizationProblems(name: string, properties: Json): ErrorDetail[] {
  const target = 'properties.kustomizations'
  const map = isJson(properties.kustomizations) ? properties.kustomizations : {}
  const problems: ErrorDetail[] = []
  if (Object.keys(map).length === 0) {
    return [
      { code: 'MissingProperty', target, message: `The property '${target}' must have at least one kustomization.` },
    ]
  }
  const dependencies = new Map<string, string[]>()
  for (const [key, value] of Object.entries(map)) {
    const one = isJson(value) ? value : {}
    if (name.length + key.length > COMBINED_NAME_LIMIT) {
      problems.push(
        invalid(
          `${target}.${key}`,
          `Invalid kustomization list. Flux configuration name '${name}' combined with kustomization name '${key}' ` +
            `cannot be greater than ${COMBINED_NAME_LIMIT} characters.`,
        ),
      )
    }
    if (typeof one.path === 'string' && one.path.split('/').includes('..')) {
      problems.push(
        invalid(`${target}.${key}.path`, `The path '${one.path}' of '${target}.${key}' must not leave the source.`),
      )
    }
    const names = Array.isArray(one.dependsOn) ? one.dependsOn.map(String) : []
    dependencies.set(key, names)
    names.forEach((dependency, index) => {
      if (!Object.hasOwn(map, dependency)) {
        const at = `${target}.${key}.dependsOn[${index}]`
        const known = Object.keys(map).join(', ')
        problems.push(invalid(at, `'${at}' names '${dependency}', but the kustomizations are: ${known}.`))
      }
    })
  }
  const cycle = dependencyCycle(dependencies)
  if (cycle !== undefined) {
    const at = `${target}.${cycle[0]}.dependsOn`
    problems.push(invalid(at, `The kustomizations wait for each other in a circle: ${cycle.join(' -> ')}.`))
  }
  return problems
}

/** Problems of accepted properties (types, names and enums are known to be right). */
export function fluxConfigurationProblems(
  name: string,
  properties: Json,
  secrets: Record<string, string>,
): ErrorDetail[] {
  return [
    ...sourceProblems(properties, secrets),
    ...kustomizationProblems(name, properties),
    ...secretProblems(properties, secrets),
  ]
}

function secretProblems(properties: Json, secrets: Record<string, string>): ErrorDetail[] {
  const problems: ErrorDetail[] = []
  const target = 'properties.configurationProtectedSettings'
  const git = isJson(properties.gitRepository) ? properties.gitRepository : undefined
  const isWeb = typeof git?.url === 'string' && /^https?:/.test(git.url)
  for (const key of ['sshPrivateKey', 'httpsKey', 'bucketSecretKey']) {
    const wrong = base64Problem(secrets[key] ?? '')
    if (wrong !== undefined)
      problems.push(invalid(`${target}.${key}`, `The protected setting '${key}' is invalid: ${wrong}.`))
  }
  if (isWeb && secrets.sshPrivateKey !== undefined) {
    problems.push(invalid(`${target}.sshPrivateKey`, 'An sshPrivateKey cannot be used with an http(s) url.'))
  }
  if (git !== undefined && !isWeb && secrets.httpsKey !== undefined) {
    problems.push(
      invalid(`${target}.httpsKey`, 'https auth (httpsUser and httpsKey) cannot be used with a non-http(s) url.'),
    )
  }
  if (isWeb && secrets.httpsKey !== undefined && git?.httpsUser === undefined && secrets.httpsUser === undefined) {
    problems.push(
      invalid(`${target}.httpsKey`, 'httpsKey needs gitRepository.httpsUser: they cannot be used separately.'),
    )
  }
  return problems
}
