/**
 * The service as `sluice fleet` runs it: everything it needs comes from its data directory. Without a certificate of
 * one's own it issues itself one from the local authority kept there, and the first start makes the user `admin`
 * (Owner) with a secret in a private file.
 *
 *   authority/authority.pem   the authority's key and certificate, mode 0600
 *   ca.pem                    what clients trust
 *   admin-secret              the secret of `admin`, mode 0600; log in with it, then change or delete it
 *   keys.json, fleet.db       the store
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { localAuthority } from './authority.ts'
import { type Fleet, type FleetOptions, startFleet } from './start-fleet.ts'
import { writePrivateFile } from './store/private-file.ts'

export interface ServeOptions extends Omit<FleetOptions, 'tls'> {
  /** A certificate of one's own, PEM; the local authority's otherwise. */
  tls?: { key: string; cert: string }
  /** More names or addresses that the local authority's certificate shall be for. */
  names?: string[]
}

export interface ServedFleet extends Fleet {
  /** Absent with a certificate of one's own. */
  caFile?: string
  adminSecretFile: string
}

const LOCAL_NAMES = ['localhost', '127.0.0.1', '::1']

async function localTls(options: ServeOptions): Promise<{ key: string; cert: string; caFile: string }> {
  const { dataDir, host, names = [] } = options
  const authority = await localAuthority(join(dataDir, 'authority'))
  const caFile = join(dataDir, 'ca.pem')
  writeFileSync(caFile, authority.ca)
  const all = [...new Set([...LOCAL_NAMES, hostname(), host, ...names])].filter(
    name => name !== '0.0.0.0' && name !== '::',
  )
  const tls = await authority.issue({
    dnsNames: all.filter(name => isIP(name) === 0),
    ips: all.filter(name => isIP(name) !== 0),
  })
  return { ...tls, caFile }
}

function readSecret(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

export async function serveFleet(options: ServeOptions): Promise<ServedFleet> {
  const { dataDir } = options
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const local = options.tls === undefined ? await localTls(options) : undefined
  const tls = options.tls ?? local
  if (tls === undefined) throw new TypeError('no certificate')
  const fleet = await startFleet({ ...options, tls: { key: tls.key, cert: tls.cert } })
  const adminSecretFile = join(dataDir, 'admin-secret')
  if (!(await fleet.hasUsers())) {
    const { secret } = await fleet.createUser('admin', 'Owner', readSecret(adminSecretFile))
    writePrivateFile(adminSecretFile, `${secret}\n`)
  }
  return { ...fleet, adminSecretFile, ...(local === undefined ? {} : { caFile: local.caFile }) }
}
