/** Kubernetes' `url`. */
import type { Environment } from '@marcbachmann/cel-js'

class CelUrl {
  readonly url: URL | undefined
  readonly text: string
  constructor(text: string) {
    this.text = text
    this.url = URL.canParse(text) ? new URL(text) : undefined
  }
}

const isUrl = (text: string) => (/^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(text) ? URL.canParse(text) : text.startsWith('/'))

function url(text: string): CelUrl {
  if (!isUrl(text))
    throw new Error(`URL parse error during conversion from string: parse "${text}": invalid URI for request`)
  return new CelUrl(text)
}

function query({ url: parsed }: CelUrl): Record<string, string[]> {
  const out: Record<string, string[]> = {}
  for (const key of parsed?.searchParams.keys() ?? []) out[key] = parsed?.searchParams.getAll(key) ?? []
  return out
}

export function registerUrls(environment: Environment): void {
  const type = 'kubernetes.URL'
  environment
    .registerType(type, CelUrl)
    .registerFunction(`url(string): ${type}`, url)
    .registerFunction('isURL(string): bool', isUrl)
    .registerFunction(`${type}.getScheme(): string`, (u: CelUrl) => u.url?.protocol.slice(0, -1) ?? '')
    .registerFunction(`${type}.getHost(): string`, (u: CelUrl) => u.url?.host ?? '')
    .registerFunction(`${type}.getHostname(): string`, (u: CelUrl) => u.url?.hostname ?? '')
    .registerFunction(`${type}.getPort(): string`, (u: CelUrl) => u.url?.port ?? '')
    .registerFunction(`${type}.getEscapedPath(): string`, (u: CelUrl) => u.url?.pathname ?? u.text.split('?')[0] ?? '')
    .registerFunction(`${type}.getQuery(): map<string, list<string>>`, query)
}
