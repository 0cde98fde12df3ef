/**
 * All functions of sprig that Helm has, and Helm's own that need no chart. Those that need more than a few kilobytes of program are loaded when a
 * template names them: regular expressions, TOML, checksums, keys and certificates.
 */
import { Interruption } from '../template-error.ts'
import type { Call, TemplateFunction } from '../template-function.ts'
import { dateFunctions } from './dates.ts'
import { defaultFunctions } from './defaults.ts'
import { dictFunctions } from './dicts.ts'
import { jsonFunctions } from './json.ts'
import { listFunctions } from './lists.ts'
import { numberFunctions } from './numbers.ts'
import { pathFunctions } from './paths.ts'
import { semverFunctions } from './semver.ts'
import { stringFunctions } from './strings.ts'
import { urlFunctions } from './urls.ts'
import { yamlFunctions } from './yaml.ts'

/** Ends a rendering that named a function only while it ran, in a text for `tpl`; after `prepareFunctions` it can be repeated. */
export class MissingFunction extends Interruption {
  override readonly name = 'MissingFunction'
  readonly function: string

  constructor(name: string) {
    super(`the function ${name} is not loaded yet`)
    this.function = name
  }
}

type Functions = Record<string, TemplateFunction>

interface Group {
  names: readonly string[]
  load(): Promise<Functions>
  loaded?: Promise<void>
}

const groups: Group[] = [
  {
    names: (
      'regexMatch mustRegexMatch regexFind mustRegexFind regexFindAll mustRegexFindAll regexReplaceAll mustRegexReplaceAll ' +
      'regexReplaceAllLiteral mustRegexReplaceAllLiteral regexSplit mustRegexSplit regexQuoteMeta'
    ).split(' '),
    load: async () => (await import('./regex.ts')).regexFunctions,
  },
  {
    names: 'toToml mustToToml fromToml'.split(' '),
    load: async () => (await import('./toml.ts')).tomlFunctions,
  },
  {
    names: 'sha1sum sha256sum sha512sum adler32sum'.split(' '),
    load: async () => (await import('./hashes.ts')).hashFunctions,
  },
  {
    names: (
      'bcrypt htpasswd randBytes uuidv4 derivePassword genPrivateKey buildCustomCert genCA genCAWithKey genSelfSignedCert ' +
      'genSelfSignedCertWithKey genSignedCert genSignedCertWithKey encryptAES decryptAES'
    ).split(' '),
    load: async () => (await import('./crypto.ts')).cryptoFunctions,
  },
]

const loaded = new Map<string, TemplateFunction>()

/** Stands for a function until its group is loaded, and calls it from then on. */
function standIn(name: string): TemplateFunction {
  return (args: readonly unknown[], call: Call): unknown => {
    const run = loaded.get(name)
    if (run === undefined) throw new MissingFunction(name)
    return run(args, call)
  }
}

export const sprigFunctions: Functions = {
  ...stringFunctions,
  ...numberFunctions,
  ...defaultFunctions,
  ...listFunctions,
  ...dictFunctions,
  ...pathFunctions,
  ...urlFunctions,
  ...dateFunctions,
  ...jsonFunctions,
  ...yamlFunctions,
  ...semverFunctions,
  ...Object.fromEntries(groups.flatMap(({ names }) => names.map(name => [name, standIn(name)]))),
}

/** Loads what the named functions need; all functions without names. */
export async function prepareFunctions(names?: Iterable<string>): Promise<void> {
  const wanted = names && new Set(names)
  const needed = groups.filter(group => wanted === undefined || group.names.some(name => wanted.has(name)))
  await Promise.all(
    needed.map(group => {
      group.loaded ??= fill(group)
      return group.loaded
    }),
  )
}

async function fill(group: Group): Promise<void> {
  for (const [name, run] of Object.entries(await group.load())) {
    loaded.set(name, run)
    const place = sprigFunctions[name]
    if (place === undefined) continue
    if (run.signature) place.signature = run.signature
    if (run.cost) place.cost = run.cost
  }
}

/** Whether no function is missing any more. */
export const allPrepared = (): boolean => groups.every(({ names }) => names.every(name => loaded.has(name)))
