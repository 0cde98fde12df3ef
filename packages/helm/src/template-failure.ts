/** Errors of templates as Helm 4 tells them: a parse error with its place, a message of the chart's author, or the way into the template at fault. */
import { TemplateError } from '@sluice/template'
import { HelmError } from './helm-error.ts'

export function parseFailure(path: string, error: unknown): unknown {
  if (!(error instanceof TemplateError)) return error
  const tokens = error.message.split(': ')
  const text =
    tokens.length === 1
      ? `parse error in (${path}): ${error.message}`
      : `parse error at (${tokens[1]}): ${tokens.at(-1)}`
  return new HelmError(text, { cause: error })
}

export function executionFailure(path: string, error: unknown): unknown {
  if (!(error instanceof TemplateError)) return error
  const [, location, rest] = /^template: (.+?): (.*)$/s.exec(error.message) ?? []
  if (location === undefined || rest === undefined) {
    return new HelmError(`execution error in (${path}): ${error.message}`, { cause: error })
  }
  if (error.failure !== undefined) {
    return new HelmError(`execution error at (${location}): ${error.failure}`, { cause: error })
  }
  const levels: string[] = []
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (!(at instanceof TemplateError)) continue
    const level = levelText(at.message)
    if (levels.at(-1) !== level) levels.push(level)
  }
  return new HelmError(levels.join('\n').trim(), { cause: error })
}

/** What a level says without the level below it, which follows behind. */
function levelText(message: string): string {
  const missing = /^template: (no template .* associated with template .*)$/s.exec(message)
  if (missing) return missing[1] ?? ''
  const [, location = '', action = '', text = ''] =
    /^template: (.+?): (executing .+? at <.*?>): (.*)$/s.exec(message) ?? []
  if (location === '') return message.replace(/^template: /, '')
  return `${location}\n  ${action}:\n    ${text.replace(/ template: .*$/s, '')}`
}
