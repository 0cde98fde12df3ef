/**
 * Which files of a source stay out of its artifact, by the rules of Flux 2.9 (fluxcd/pkg sourceignore over go-git's
 * gitignore). They look like Git's and differ: an excluded directory does not close the door for a later `!` rule below
 * it, a pattern without a slash matches any component of the path, `\#` and `\!` are no escapes. That is why the npm
 * package `ignore`, which follows Git, is not used.
 */
import { globMatches } from './glob.ts'

export const IGNORE_FILE = '.sourceignore'

/** Excluded whatever the rules say, unless a later rule includes them. */
const VCS = ['.git/', '.gitignore', '.gitmodules', '.gitattributes']

/** Excluded when neither files nor the object bring a single rule. */
const DEFAULTS = [
  ...['*.jpg', '*.jpeg', '*.gif', '*.png', '*.wmv', '*.flv', '*.tar.gz', '*.zip'],
  ...['.github/', '.circleci/', '.travis.yml', '.gitlab-ci.yml', 'appveyor.yml', '.drone.yml', 'cloudbuild.yaml'],
  ...['codeship-services.yml', 'codeship-steps.yml'],
  ...['**/.goreleaser.yml', '**/.sops.yaml', '**/.flux.yaml'],
]

interface Rule {
  include: boolean
  directoryOnly: boolean
  /** The pattern has a slash, so it is anchored at its directory. */
  anchored: boolean
  components: string[]
  /** Directory the rule holds below. */
  domain: string[]
}

export interface IgnoreFile {
  /** Directory the file is in, '' for the root. */
  directory: string
  text: string
}

/** Says of a path, relative to the root, whether it is left out. */
export type IgnoreFilter = (path: string, isDirectory: boolean) => boolean

/**
 * @param files the source's `.sourceignore` files, a directory's before those below it
 * @param specIgnore `spec.ignore` of the object
 */
export function ignoreFilter(files: IgnoreFile[], specIgnore: string | undefined): IgnoreFilter {
  const own = files.flatMap(file => parseRules(file.text, file.directory === '' ? [] : file.directory.split('/')))
  if (specIgnore !== undefined) own.push(...parseRules(specIgnore, []))
  const base = own.length > 0 ? VCS : [...VCS, ...DEFAULTS]
  const rules = [...base.map(line => parseRule(line, [])), ...own]
  return (path, isDirectory) => {
    const components = path.split('/')
    // The last rule that says something decides.
    const decisive = rules.findLast(rule => matches(rule, components, isDirectory))
    return decisive !== undefined && !decisive.include
  }
}

function parseRules(text: string, domain: string[]): Rule[] {
  return text
    .split('\n')
    .map(line => line.replace(/\r$/, ''))
    .filter(line => !line.startsWith('#') && line.trim() !== '')
    .map(line => parseRule(line, domain))
}

function parseRule(line: string, domain: string[]): Rule {
  let pattern = line
  const include = pattern.startsWith('!')
  if (include) pattern = pattern.slice(1)
  if (!pattern.endsWith('\\ ')) pattern = pattern.replace(/ +$/, '')
  const directoryOnly = pattern.endsWith('/')
  if (directoryOnly) pattern = pattern.slice(0, -1)
  return { include, directoryOnly, anchored: pattern.includes('/'), components: pattern.split('/'), domain }
}

function matches(rule: Rule, path: string[], isDirectory: boolean): boolean {
  const { domain } = rule
  if (path.length <= domain.length) return false
  if (domain.some((component, index) => path[index] !== component)) return false
  const rest = path.slice(domain.length)
  return rule.anchored ? matchesPath(rule, rest, isDirectory) : matchesName(rule, rest, isDirectory)
}

/** Any component may match; one above the last is a directory by nature. */
function matchesName(rule: Rule, path: string[], isDirectory: boolean): boolean {
  const index = path.findIndex(name => globMatches(rule.components[0]!, name))
  if (index < 0) return false
  return !(rule.directoryOnly && !isDirectory && index === path.length - 1)
}

function matchesPath(rule: Rule, path: string[], isDirectory: boolean): boolean {
  let at = 0
  let matched = false
  let anyDepth = false
  const last = rule.components.length - 1
  for (const [index, component] of rule.components.entries()) {
    if (component === '') {
      anyDepth = false
      continue
    }
    if (component === '**') {
      if (index === last) break
      anyDepth = true
      continue
    }
    if (component.includes('**') || at >= path.length) return false
    if (anyDepth) {
      anyDepth = false
      matched = false
      while (at < path.length && !matched) matched = globMatches(component, path[at++]!)
      if (!matched) return false
    } else {
      if (!globMatches(component, path[at]!)) return false
      matched = true
      at++
    }
  }
  return matched && !(rule.directoryOnly && !isDirectory && at === path.length)
}
