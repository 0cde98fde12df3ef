/** Reads the files of cases in `krusty/`; its README has the format. */

export interface Expectation {
  kind: 'build' | 'refused'
  path: string
  /** Options of `kubectl kustomize`. */
  options: string[]
  version: '5.7' | '5.8'
  likeKubectl: boolean
  text: string
}

export interface Case {
  /** Functions of upstream's tests. */
  names: string[]
  files: Map<string, string | Uint8Array>
  expected: Expectation[]
  /** Why there is no case. */
  reason: string | undefined
}

export function readCases(text: string): Case[] {
  return text.split(/^=== /m).slice(1).map(readCase)
}

function readCase(text: string): Case {
  const [head = '', ...sections] = text.split(/^(?=-- .+ --$)/m)
  const names = head.slice(0, head.indexOf('\n')).split(', ')
  const found: Case = { names, files: new Map(), expected: [], reason: undefined }
  for (const section of sections) {
    const end = section.indexOf('\n')
    const [first = '', ...words] = section.slice(3, end - 3).split(' ')
    const content = section.slice(end + 1)
    if (first === 'build' || first === 'refused') found.expected.push(expectation(first, words, content))
    else if (first === 'not' && words[0] === 'here') found.reason = content.trim()
    else if (words.length === 0) found.files.set(first, content)
    else if (words.join(' ') === '--base64') found.files.set(first, Buffer.from(content, 'base64'))
    else throw new Error(`${names[0]}: no section is called ${section.slice(0, end)}`)
  }
  if ((found.reason === undefined) === (found.expected.length === 0)) {
    throw new Error(`${names[0]}: a case needs a build, a refusal or a reason`)
  }
  return found
}

function expectation(kind: 'build' | 'refused', words: string[], text: string): Expectation {
  const [path = '', ...rest] = words
  const since = rest.indexOf('--since')
  const version = since < 0 ? '5.7' : '5.8'
  if (since >= 0 && rest.splice(since, 2)[1] !== '5.8') throw new Error(`${words.join(' ')}: only --since 5.8 is known`)
  const unlike = rest.indexOf('--unlike-kubectl')
  if (unlike >= 0) rest.splice(unlike, 1)
  return { kind, path, options: rest, version, likeKubectl: since < 0 && unlike < 0, text: withoutBlankEnd(text) }
}

/** A blank line before the next case is for the eye. */
const withoutBlankEnd = (text: string) => text.replace(/\n+$/, '\n').replace(/^\n$/, '')
