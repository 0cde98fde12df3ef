/**
 * Kubernetes' label selectors (`a=b,c!=d,e in (f,g),!h,i>1`), applied to labels or annotations.
 */
import { KustomizeError } from './kustomize-error.ts'

type Requirement = (labels: ReadonlyMap<string, string>) => boolean

/** Throws when the selector does not parse. The empty selector matches everything. */
export function labelSelector(text: string): Requirement {
  const requirements = split(text).map(requirement)
  return labels => requirements.every(matches => matches(labels))
}

/** Splits at the commas that stand outside of parentheses. */
function split(text: string): string[] {
  const parts = text.split(/,(?![^(]*\))/).map(part => part.trim())
  return parts.length === 1 && parts[0] === '' ? [] : parts
}

function requirement(text: string): Requirement {
  const set = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(text)
  if (set) {
    const [, key = '', operator, list = ''] = set
    const values = new Set(list.split(',').map(value => value.trim()))
    return labels => {
      const value = labels.get(checkedKey(key, text))
      return operator === 'in' ? value !== undefined && values.has(value) : value === undefined || !values.has(value)
    }
  }
  const comparison = /^([^=!<>\s]+)\s*(==|=|!=|<|>)\s*(\S*)$/.exec(text)
  if (comparison) {
    const [, key = '', operator, wanted = ''] = comparison
    checkedKey(key, text)
    switch (operator) {
      case '!=':
        return labels => labels.get(key) !== wanted
      case '<':
      case '>': {
        const limit = wholeNumber(wanted)
        if (limit === undefined) throw invalid(text)
        return labels => {
          const value = wholeNumber(labels.get(key) ?? '')
          return value !== undefined && (operator === '<' ? value < limit : value > limit)
        }
      }
      default:
        return labels => labels.get(key) === wanted
    }
  }
  const absent = /^!\s*(\S+)$/.exec(text)
  if (absent) {
    const key = checkedKey(absent[1] ?? '', text)
    return labels => !labels.has(key)
  }
  const key = checkedKey(text, text)
  return labels => labels.has(key)
}

function wholeNumber(text: string): bigint | undefined {
  return /^[-+]?\d+$/.test(text) ? BigInt(text.replace(/^\+/, '')) : undefined
}

function checkedKey(key: string, text: string): string {
  if (!/^(?:[A-Za-z0-9.-]+\/)?[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?$/.test(key)) throw invalid(text)
  return key
}

function invalid(text: string): KustomizeError {
  return new KustomizeError(
    `unable to parse requirement: '${text}' is no label selector, such as a=b, a!=b, a in (b,c), !a`,
  )
}
