/** The version of this build: written into the bundle by `npm run build`, read from the root package.json when run from sources. */
import { readFileSync } from 'node:fs'

declare const SLUICE_VERSION: string | undefined

export function version(): string {
  if (typeof SLUICE_VERSION === 'string') return SLUICE_VERSION
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')
  const parsed: { version: string } = JSON.parse(text)
  return parsed.version
}
