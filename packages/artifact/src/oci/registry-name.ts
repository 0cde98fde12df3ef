/** Which repository of which registry an address names, by the rules of go-containerregistry, which Flux uses. */

export class RegistryNameError extends Error {
  override name = 'RegistryNameError'
}

export interface RegistryName {
  /** `host[:port]`; Docker Hub is `index.docker.io`. */
  registry: string
  repository: string
}

const DOCKER_HUB = 'index.docker.io'

/** Of `oci://<host>/<path>`, without tag or digest. @throws {RegistryNameError} */
export function registryName(url: string): RegistryName {
  const address = /^oci:\/\/(.+)$/.exec(url)?.[1]?.replace(/\/+$/, '')
  if (address === undefined) throw new RegistryNameError("URL must be in format 'oci://<domain>/<org>/<repo>'")
  const slash = address.indexOf('/')
  const first = slash < 0 ? '' : address.slice(0, slash)
  const isHost = /[.:]/.test(first) || first === 'localhost'
  const path = isHost ? address.slice(slash + 1) : address
  const registry = !isHost || first === 'docker.io' ? DOCKER_HUB : first
  const tag = /[:@](.*)$/.exec(path)?.[1]
  if (tag !== undefined) throw new RegistryNameError(`URL must not contain a tag; remove ':${tag}'`)
  if (!/^[a-z0-9_\-./]{2,255}$/.test(path) || path.split('/').some(part => part === '' || /^\.+$/.test(part))) {
    throw new RegistryNameError(
      `repository can only contain the characters \`abcdefghijklmnopqrstuvwxyz0123456789_-./\`: ${path}`,
    )
  }
  if (!URL.canParse(`https://${registry}/`) || !/^[\w.\-:[\]]+$/.test(registry)) {
    throw new RegistryNameError(`registries must be valid RFC 3986 URI authorities: ${registry}`)
  }
  return { registry, repository: registry === DOCKER_HUB && !path.includes('/') ? `library/${path}` : path }
}

/** Registries of this machine and of private addresses may be without encryption even when nobody says so. */
export function isLocalRegistry(registry: string): boolean {
  const host = registry.replace(/:\d+$/, '')
  return (
    isLoopbackRegistry(registry) ||
    /\.local(?:host)?$/.test(host) ||
    /^(?:10\.\d+|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.\d+\.\d+$/.test(host)
  )
}

/** On this machine. */
export function isLoopbackRegistry(registry: string): boolean {
  return /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/.test(registry)
}
