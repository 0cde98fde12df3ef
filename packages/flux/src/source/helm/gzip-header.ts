/** Refuses what is no gzip at all in the words of Go, which reads the head of an archive before anything else. */
import { HelmError } from '@sluice/helm'

/** Bytes of a gzip header without optional fields. */
const HEADER = 10

export function checkGzip(archive: Uint8Array): void {
  if (archive.length === 0) throw new HelmError('EOF')
  if (archive.length < HEADER) throw new HelmError('unexpected EOF')
  if (archive[0] !== 0x1f || archive[1] !== 0x8b) throw new HelmError('gzip: invalid header')
}
