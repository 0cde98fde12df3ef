/** A real sshd on a free port of 127.0.0.1, for tests: it lets in the user who runs them, with the keys of `authorized`. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

const sshd = '/usr/sbin/sshd'

/** Why tests over SSH are skipped; false when they are not. */
export const withoutSshd = !existsSync(sshd) && 'no sshd here: apt-get install openssh-server'

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  await new Promise(done => server.close(done))
  return address !== null && typeof address === 'object' ? address.port : 0
}

export class SshServer {
  /** A folder for keys, removed with the server. */
  readonly directory: string
  readonly port: number
  private readonly daemon: ChildProcess

  private constructor(directory: string, port: number, daemon: ChildProcess) {
    this.directory = directory
    this.port = port
    this.daemon = daemon
  }

  /** Makes a key pair for each name with its passphrase; those of `authorized` are let in. */
  static async start(keys: Record<string, string>, authorized: readonly string[]): Promise<SshServer> {
    const directory = await mkdtemp(join(tmpdir(), 'sluice-sshd-'))
    await chmod(directory, 0o700)
    for (const [name, passphrase] of Object.entries({ host: '', ...keys })) {
      const args = ['-q', '-t', 'ed25519', '-N', passphrase, '-C', name, '-f', join(directory, name)]
      const run = spawnSync('ssh-keygen', args)
      assert.equal(run.status, 0, String(run.stderr))
    }
    const known = await Promise.all(authorized.map(name => readFile(join(directory, `${name}.pub`), 'utf8')))
    await writeFile(join(directory, 'authorized'), known.join(''), { mode: 0o600 })
    const port = await freePort()
    const lines = [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${join(directory, 'host')}`,
      `AuthorizedKeysFile ${join(directory, 'authorized')}`,
      `PidFile ${join(directory, 'pid')}`,
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'PermitRootLogin prohibit-password',
    ]
    await writeFile(join(directory, 'sshd_config'), `${lines.join('\n')}\n`)
    if (userInfo().uid === 0) await mkdir('/run/sshd', { recursive: true })
    const args = ['-D', '-e', '-f', join(directory, 'sshd_config')]
    const daemon = spawn(sshd, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    await new Promise<void>((done, failed) => {
      let said = ''
      daemon.stderr?.on('data', (chunk: Buffer) => {
        said += chunk
        if (said.includes('Server listening')) done()
      })
      daemon.on('exit', () => failed(new Error(said)))
    })
    return new SshServer(directory, port, daemon)
  }

  /** The URL of a path on this machine, which begins with a slash. */
  url(path: string): string {
    return `ssh://${userInfo().username}@127.0.0.1:${this.port}${path}`
  }

  /** The text of a file of the folder, such as `client` or `client.pub`. */
  read(name: string): Promise<string> {
    return readFile(join(this.directory, name), 'utf8')
  }

  /** The server's line of a `known_hosts` file. */
  async knownHosts(): Promise<string> {
    return `[127.0.0.1]:${this.port} ${await this.read('host.pub')}`
  }

  async close(): Promise<void> {
    this.daemon.kill()
    await rm(this.directory, { recursive: true, force: true })
  }
}
