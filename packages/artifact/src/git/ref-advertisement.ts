/**
 * What a Git server offers: its references and capabilities (gitprotocol-pack, version 0). One request answers "has
 * anything moved?" for every kind of reference, tags peeled.
 */
import { GitProtocolError } from './git-error.ts'
import type { PacketReader } from './pkt-line.ts'

export interface RefAdvertisement {
  /** Full name (`refs/heads/main`, `HEAD`, `refs/tags/v1`) to object id. */
  refs: Map<string, string>
  /** Full name of an annotated tag to the commit it ends at. */
  peeled: Map<string, string>
  /** Capability to its value, '' when it has none. */
  capabilities: Map<string, string>
}

/** The largest list of references we read, in bytes: several hundred thousand references. */
const MAX_ADVERTISEMENT = 128 * 1024 * 1024

export async function readAdvertisement(packets: PacketReader): Promise<RefAdvertisement> {
  const result: RefAdvertisement = { refs: new Map(), peeled: new Map(), capabilities: new Map() }
  let first = true
  let afterService = false
  let bytes = 0
  for (;;) {
    const packet = await packets.next()
    if (packet === null) {
      throw new GitProtocolError('the server closed the connection before the end of its list of references')
    }
    if (packet === undefined) {
      // A flush follows the service line of smart HTTP, another one ends the list. An empty repository has nothing between.
      if (!afterService) return result
      afterService = false
      continue
    }
    bytes += packet.length
    if (bytes > MAX_ADVERTISEMENT) {
      throw new GitProtocolError(`the server's list of references is longer than ${MAX_ADVERTISEMENT} bytes`)
    }
    const text = packet.toString('utf8')
    if (first && text.startsWith('# service=')) {
      afterService = true
      continue
    }
    if (text.startsWith('ERR ')) throw new GitProtocolError(text.slice(4).trim())
    if (first && text.startsWith('version ')) continue
    takeLine(text, first, result)
    first = false
  }
}

function takeLine(text: string, first: boolean, result: RefAdvertisement): void {
  const zero = text.indexOf('\0')
  if (first && zero >= 0) {
    for (const capability of text
      .slice(zero + 1)
      .trim()
      .split(' ')) {
      const equals = capability.indexOf('=')
      if (equals < 0) result.capabilities.set(capability, '')
      else result.capabilities.set(capability.slice(0, equals), capability.slice(equals + 1))
    }
  }
  const line = (zero < 0 ? text : text.slice(0, zero)).replace(/\n$/, '')
  const match = /^([0-9a-f]{40}|[0-9a-f]{64}) (.+)$/.exec(line)
  if (!match) {
    if (line.startsWith('shallow ')) return
    throw new GitProtocolError(`the server's list of references has the line ${JSON.stringify(line.slice(0, 80))}`)
  }
  const id = match[1]!
  const name = match[2]!
  // An empty repository has nothing to name its capabilities by.
  if (name === 'capabilities^{}') return
  if (name.endsWith('^{}')) result.peeled.set(name.slice(0, -3), id)
  else result.refs.set(name, id)
}
