/**
 * Errors of templates as Helm 4 tells them: a parse error with its place, a message of the chart's author, or the way into the template at fault,
 * place by place. Where one step of that way is no error of a template, Helm gives the whole text as Go wrote it.
 */
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
  const said = (text: string) => new HelmError(text, { cause: error })
  const [, location, rest] = /^[\s\S]*?: ([\s\S]*?): ([\s\S]*)$/.exec(error.message) ?? []
  if (location === undefined || rest === undefined) return said(`execution error in (${path}): ${error.message}`)
  if (error.failure !== undefined) return said(`execution error at (${location}): ${error.failure}`)
  const steps: string[] = []
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const step = at instanceof TemplateError ? stepText(at.message) : undefined
    if (step === undefined) return said(error.message)
    if (steps.at(-1) !== step) steps.push(step)
  }
  return said(steps.join('').trim())
}

/** Place, action and reason on a line each, without the step below; undefined for what is no error of a template. */
function stepText(message: string): string | undefined {
  const text = /^template: ([\s\S]*)$/.exec(message)?.[1]
  if (text === undefined) return undefined
  if (text.startsWith('no template ')) return `${message}\n`
  const [, location, action, target, reason] =
    /^([\s\S]*?): executing "([^"]*)" at <([\s\S]*?)>: ([\s\S]*)$/.exec(text) ?? []
  if (location !== undefined) {
    return `${location}\n  executing "${action}" at <${target}>:\n    ${alone(reason)}\n`
  }
  const colon = text.lastIndexOf(': ')
  if (colon < 0 || text.includes(': executing ')) return undefined
  return `${text.slice(0, colon)}\n  ${alone(text.slice(colon + 2))}\n`
}

function alone(reason = ''): string {
  const below = reason.indexOf(' template:')
  return below < 0 ? reason : reason.slice(0, below)
}
