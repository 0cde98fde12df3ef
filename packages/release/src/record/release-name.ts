const form = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const most = 53

/** Why a text cannot be the name of a release, in Helm's words; undefined when it can. */
export function nameFault(name: string): string | undefined {
  if (name === '') return 'no name provided'
  if (name.length <= most && form.test(name)) return undefined
  return `invalid release name, must match regex ${form.source} and the length must not be longer than ${most}`
}
