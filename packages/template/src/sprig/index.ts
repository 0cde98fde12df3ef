/** All functions of sprig that Helm has, and Helm's own that need no chart. */
import type { TemplateFunction } from '../template-function.ts'
import { cryptoFunctions } from './crypto.ts'
import { dateFunctions } from './dates.ts'
import { defaultFunctions } from './defaults.ts'
import { dictFunctions } from './dicts.ts'
import { hashFunctions } from './hashes.ts'
import { jsonFunctions } from './json.ts'
import { listFunctions } from './lists.ts'
import { numberFunctions } from './numbers.ts'
import { pathFunctions } from './paths.ts'
import { regexFunctions } from './regex.ts'
import { semverFunctions } from './semver.ts'
import { stringFunctions } from './strings.ts'
import { tomlFunctions } from './toml.ts'
import { urlFunctions } from './urls.ts'
import { yamlFunctions } from './yaml.ts'

export const sprigFunctions: Record<string, TemplateFunction> = {
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
  ...regexFunctions,
  ...tomlFunctions,
  ...hashFunctions,
  ...cryptoFunctions,
}
