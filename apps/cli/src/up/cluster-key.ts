/** The key pair by which a cluster's agent proves itself: made once, kept in the data directory with mode 0600. */
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

export interface ClusterKey {
  /** PKCS8, PEM. */
  privateKey: string
  /** SPKI, PEM: what the service registers. */
  publicKey: string
}

export function clusterKey(path: string): ClusterKey {
  if (!existsSync(path)) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    writeFileSync(`${path}.new`, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
    renameSync(`${path}.new`, path)
  }
  const privateKey = readFileSync(path, 'utf8')
  const publicKey = createPublicKey(createPrivateKey(privateKey)).export({ type: 'spki', format: 'pem' })
  return { privateKey, publicKey: publicKey.toString() }
}
