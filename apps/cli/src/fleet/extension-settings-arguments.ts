/** Settings of an extension from the command line: pairs or a JSON file, under each of `az`'s spellings. */
import { readFileSync } from 'node:fs'
import { isJson } from '../fleet-client.ts'
import { UsageError } from '../usage-error.ts'
import { keyValues } from './key-values.ts'

export interface SettingsOptions {
  configurationSettings?: string[]
  config?: string[]
  configurationSettingsFile?: string
  configFile?: string
  configurationProtectedSettings?: string[]
  configProtected?: string[]
  configurationProtectedSettingsFile?: string
  configProtectedFile?: string
}

function fromFile(file: string): Record<string, string> {
  const text = readFileSync(file, 'utf8')
  if (text.trim() === '') throw new UsageError(`File ${file} is empty`)
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw new UsageError(`File ${file} is not a valid JSON file`)
  }
  if (!isJson(parsed)) throw new UsageError(`File ${file} is not a valid JSON file`)
  return Object.fromEntries(
    Object.entries(parsed).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  )
}

interface Given {
  settings?: Record<string, string>
  protectedSettings?: Record<string, string>
}

function one(name: string, pairs: string[] | undefined, file: string | undefined): Record<string, string> | undefined {
  if (pairs !== undefined && file !== undefined) {
    throw new UsageError(`Error! Both ${name} and ${name}-file cannot be provided.`)
  }
  if (pairs !== undefined) return keyValues(pairs, `--${name}`)
  return file === undefined ? undefined : fromFile(file)
}

export function settingsOf(options: SettingsOptions): Given {
  const settings = one(
    'configuration-settings',
    options.configurationSettings ?? options.config,
    options.configurationSettingsFile ?? options.configFile,
  )
  const protectedSettings = one(
    'configuration-protected-settings',
    options.configurationProtectedSettings ?? options.configProtected,
    options.configurationProtectedSettingsFile ?? options.configProtectedFile,
  )
  return {
    ...(settings === undefined ? {} : { settings }),
    ...(protectedSettings === undefined ? {} : { protectedSettings }),
  }
}
