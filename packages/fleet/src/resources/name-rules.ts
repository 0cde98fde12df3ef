/**
 * Rules for names and values in configurations, as `az` states them and as Kubernetes will demand later. Each says
 * what is wrong, or nothing.
 */

export function configurationNameProblem(name: string): string | undefined {
  if (name.length > 63) return 'it can be a maximum of 63 characters'
  if (/^-|-$/.test(name)) return 'it cannot begin or end with a hyphen'
  if (/^\.|\.$/.test(name)) return 'it cannot begin or end with a period'
  if (!/^[a-z0-9]([.\-a-z0-9]*[a-z0-9])?$/.test(name)) {
    return 'it can only contain lowercase alphanumeric characters, hyphens, and periods'
  }
  return undefined
}

export function namespaceProblem(name: string): string | undefined {
  if (name.length > 63) return 'a namespace can be a maximum of 63 characters'
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name)) {
    return 'a namespace can only contain lowercase alphanumeric characters and hyphens, and must begin and end with an alphanumeric one'
  }
  return undefined
}

export function base64Problem(value: string): string | undefined {
  const text = value.replace(/\s+/g, '')
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text) ? undefined : 'it must be base64 encoded'
}

const DURATION =
  /^P(?=\d|T\d)(?:\d+Y)?(?:\d+M)?(?:\d+W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?)?$/

export function isoDurationProblem(value: string): string | undefined {
  return DURATION.test(value) ? undefined : "it must be an ISO 8601 duration such as 'PT30M', 'PT1H' or 'P1D'"
}

/** Milliseconds of an ISO 8601 duration of days, hours, minutes and seconds. */
export function isoDurationMs(value: string): number {
  const [, days = '0', hours = '0', minutes = '0', seconds = '0'] = DURATION.exec(value) ?? []
  return (((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000
}

/** What is wrong with a source's URL, given the schemes its kind can fetch from. */
export function urlProblem(url: string, schemes: string[]): string | undefined {
  const scheme = schemes.find(one => url.startsWith(one))
  if (scheme === undefined) return `it must begin with one of ${schemes.map(one => `'${one}'`).join(', ')}`
  if (scheme === 'git@') return /^git@[^\s:/]+:\S+$/.test(url) ? undefined : "it must have the form 'git@host:path'"
  if (!URL.canParse(url) || /\s/.test(url)) return 'it is not a valid URL'
  const { hostname, password } = new URL(url)
  if (hostname === '') return 'it names no host'
  if (password !== '') return 'it must not hold a password: give credentials as protected settings'
  return undefined
}
