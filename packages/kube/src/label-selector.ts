/** Label selectors as the API server reads them (`a=b,c!=d,e in (x,y),f notin (z),g,!h`), to decide on objects at hand. */
export type LabelMatcher = (labels: Readonly<Record<string, string>> | undefined) => boolean

export class LabelSelectorError extends Error {
  override name = 'LabelSelectorError'
}

/** Throws LabelSelectorError for text that is no selector. The empty selector matches everything. */
export function labelMatcher(text: string): LabelMatcher {
  if (text.trim() === '') return () => true
  const requirements = text.split(/,(?![^(]*\))/).map(part => requirement(part.trim()))
  return labels => requirements.every(matches => matches(labels ?? {}))
}

const KEY = '[A-Za-z0-9](?:[-A-Za-z0-9_./]*[A-Za-z0-9])?'
const SET = new RegExp(`^(${KEY})\\s+(in|notin)\\s*\\(([^()]*)\\)$`)
const EQUALITY = new RegExp(`^(${KEY})\\s*(==|=|!=)\\s*([A-Za-z0-9_.-]*)$`)
const EXISTENCE = new RegExp(`^(!?)\\s*(${KEY})$`)

type Requirement = (labels: Readonly<Record<string, string>>) => boolean

function requirement(text: string): Requirement {
  const set = SET.exec(text)
  if (set) {
    const [, key = '', operator, list = ''] = set
    const values = new Set(list.split(',').map(value => value.trim()))
    const isIn: Requirement = labels => labels[key] !== undefined && values.has(labels[key])
    return operator === 'in' ? isIn : labels => !isIn(labels)
  }
  const equality = EQUALITY.exec(text)
  if (equality) {
    const [, key = '', operator, value] = equality
    return operator === '!=' ? labels => labels[key] !== value : labels => labels[key] === value
  }
  const existence = EXISTENCE.exec(text)
  if (!existence) {
    throw new LabelSelectorError(`"${text}" is no label selector requirement such as key=value, key in (a,b) or !key`)
  }
  const [, not, key = ''] = existence
  return not ? labels => labels[key] === undefined : labels => labels[key] !== undefined
}
