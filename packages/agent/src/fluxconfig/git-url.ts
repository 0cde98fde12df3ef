/** What the address of a Git repository says: how it is reached, and the host. `git@host:path` is SSH's short form. */
export interface GitUrl {
  /** As `GitRepository` wants it: `http://`, `https://` or `ssh://`. */
  url: string
  ssh: boolean
  /** Host name, lower case, without port. */
  host: string
  port?: string
}

export function parseGitUrl(text: string): GitUrl | undefined {
  const short = /^([^\s/@:]+)@([^\s/:]+):(?!\d+\/)\/?(\S+)$/.exec(text)
  const full = short ? `ssh://${short[1]}@${short[2]}/${short[3]}` : text
  if (!/^(https?|ssh):\/\//i.test(full) || !URL.canParse(full)) return undefined
  const { protocol, hostname, port } = new URL(full)
  return { url: full, ssh: protocol === 'ssh:', host: hostname.toLowerCase(), port: port || undefined }
}
