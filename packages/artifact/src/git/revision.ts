/**
 * Revisions as Flux writes them (RFC 0005): `main@sha1:<hex>`, `refs/heads/main@sha1:<hex>`, `sha1:<hex>`.
 */

export function gitRevision(label: string, commit: string): string {
  const digest = `sha1:${commit}`
  return label === '' || label === 'HEAD' ? digest : `${label}@${digest}`
}

/** Old forms (`main/<hex>`, `HEAD/<hex>`, `<hex>`) as the present one; anything with a colon is the present one. */
export function normalRevision(revision: string): string {
  if (revision === '' || revision.includes(':')) return revision
  const slash = revision.lastIndexOf('/')
  return slash < 0 ? gitRevision('', revision) : gitRevision(revision.slice(0, slash), revision.slice(slash + 1))
}
