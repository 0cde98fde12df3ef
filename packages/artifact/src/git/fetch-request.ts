/**
 * The client's half of a fetch (gitprotocol-pack, version 0): what is wanted, what we hold already, how deep. Pure; the
 * answer is read by {@link ./pack-stream.ts}.
 */
import { FLUSH, pktLine } from './pkt-line.ts'
import type { RefAdvertisement } from './ref-advertisement.ts'

export interface FetchRequest {
  /** Object ids of commits or tags. */
  wants: string[]
  /** Commits whose whole tree we hold though not their parents (each is a shallow boundary). */
  haves: string[]
  /** Number of commits from each want; `undefined` brings the whole history. */
  depth?: number
}

/** The capabilities we can use; only those the server offers are asked for. */
const WANTED = ['multi_ack_detailed', 'side-band-64k', 'thin-pack', 'no-progress', 'ofs-delta']

export function fetchRequest({ wants, haves, depth }: FetchRequest, refs: RefAdvertisement): string {
  const capabilities = WANTED.filter(name => refs.capabilities.has(name))
  if (refs.capabilities.has('agent')) capabilities.push('agent=git/2.0-sluice')
  let body = ''
  wants.forEach((want, index) => {
    body += pktLine(index === 0 ? `want ${want} ${capabilities.join(' ')}\n` : `want ${want}\n`)
  })
  const shallow = depth !== undefined && refs.capabilities.has('shallow')
  if (shallow) {
    for (const have of haves) body += pktLine(`shallow ${have}\n`)
    body += pktLine(`deepen ${depth}\n`)
  }
  body += FLUSH
  // Without shallow support the server would take a "have" as a promise of the commit's history.
  if (shallow) for (const have of haves) body += pktLine(`have ${have}\n`)
  return body + pktLine('done\n')
}
