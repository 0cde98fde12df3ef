/** The drafts of JSON Schema and their addresses, by which `$schema` names them. */
import { schemasAreNotFetched, splitFragment } from './reference.ts'

/** By the number or the year that the draft goes by: a later one is greater. */
export type Draft = 4 | 6 | 7 | 2019 | 2020

/** That of schemas which name none. */
export const latestDraft = 2020

export const metaschemaUrls = {
  4: 'http://json-schema.org/draft-04/schema',
  6: 'http://json-schema.org/draft-06/schema',
  7: 'http://json-schema.org/draft-07/schema',
  2019: 'https://json-schema.org/draft/2019-09/schema',
  2020: 'https://json-schema.org/draft/2020-12/schema',
} as const satisfies Record<Draft, string>

const withoutProtocol = (url: string): string => url.replace(/^https?:\/\//, '')

const drafts = new Map<string, Draft>([['json-schema.org/schema', latestDraft]])
for (const draft of [4, 6, 7, 2019, 2020] as const) drafts.set(withoutProtocol(metaschemaUrls[draft]), draft)

/**
 * The draft that `$schema` names. Throws HelmError for any other metaschema: which draft that follows only its text
 * could say.
 */
export function draftNamed(address: string): Draft {
  const [url, fragment] = splitFragment(address)
  const draft = fragment === '' ? drafts.get(withoutProtocol(url)) : undefined
  if (draft === undefined) throw schemasAreNotFetched(url)
  return draft
}
