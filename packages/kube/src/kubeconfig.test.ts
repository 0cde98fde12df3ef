import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after, afterEach, before, describe, test } from 'node:test'
import { accessFromFile, accessFromKubeconfig, type ClusterAccess, defaultAccess } from './kubeconfig.ts'
import { KubeconfigError } from './kubeconfig-error.ts'

let directory: string
before(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-kubeconfig-'))
})
after(() => rmSync(directory, { recursive: true, force: true }))

function file(name: string, text: string): string {
  const path = join(directory, name)
  writeFileSync(path, text)
  return path
}

const base64 = (text: string) => Buffer.from(text).toString('base64')

const kubeconfig = (cluster: string, user = '{}', namespace = '') => `
current-context: here
contexts:
- name: here
  context: { cluster: c, user: u${namespace && `, namespace: ${namespace}`} }
- name: there
  context: { cluster: d, user: u }
clusters:
- name: c
  cluster: ${cluster}
- name: d
  cluster: { server: 'https://there:6443' }
users:
- name: u
  user: ${user}
`

const HERE = "{ server: 'https://here:6443/' }"

const refused = (message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof KubeconfigError, String(error))
  assert.match(error.message, message)
  return true
}

const tokenOf = async (access: ClusterAccess) => access.token?.()

describe('kubeconfig', () => {
  test('gives the current context, or the one asked for', () => {
    const text = kubeconfig(HERE, '{}', 'apps')
    const here = accessFromKubeconfig(text)
    assert.equal(here.server, 'https://here:6443')
    assert.equal(here.namespace, 'apps')
    assert.equal(here.insecure, false)
    const there = accessFromKubeconfig(text, { context: 'there' })
    assert.equal(there.server, 'https://there:6443')
    assert.equal(there.namespace, 'default')
  })

  test('reads certificates and keys from data', () => {
    const cluster = `{ server: 'https://x', certificate-authority-data: ${base64('CA')}, tls-server-name: name }`
    const user = `{ client-certificate-data: ${base64('CERT')}, client-key-data: ${base64('KEY')} }`
    const access = accessFromKubeconfig(kubeconfig(cluster, user))
    assert.deepEqual(
      [access.ca, access.clientCertificate, access.clientKey, access.serverName],
      ['CA', 'CERT', 'KEY', 'name'],
    )
  })

  test('reads them from files beside it; data goes before', () => {
    file('ca.pem', 'CA of the file')
    file('key.pem', 'KEY of the file')
    const cluster = "{ server: 'https://x', certificate-authority: ca.pem }"
    const user = `{ client-key: key.pem, client-key-data: ${base64('KEY')} }`
    const access = accessFromFile(file('files', kubeconfig(cluster, user)))
    assert.deepEqual([access.ca, access.clientKey], ['CA of the file', 'KEY'])
  })

  test('knows tokens, token files and passwords', async () => {
    assert.equal(await tokenOf(accessFromKubeconfig(kubeconfig(HERE, '{ token: secret }'))), 'secret')
    file('token', ' from a file\n')
    const fromFile = accessFromFile(file('with-token-file', kubeconfig(HERE, '{ tokenFile: token }')))
    assert.equal(await tokenOf(fromFile), 'from a file')
    const basic = accessFromKubeconfig(kubeconfig(HERE, '{ username: me, password: secret }'))
    assert.equal(basic.basic, 'me:secret')
    assert.equal(basic.token, undefined)
  })

  test('from a Secret: names no files, runs no program and verifies the server, unless it has leave', () => {
    file('ca.pem', 'CA of the file')
    const cluster = `{ server: 'https://x', insecure-skip-tls-verify: true, certificate-authority: ${directory}/ca.pem }`
    const text = kubeconfig(cluster, `{ tokenFile: ${directory}/token, exec: { command: id } }`)
    const access = accessFromKubeconfig(text)
    assert.deepEqual([access.ca, access.insecure, access.token], [undefined, false, undefined])
    const withLeave = accessFromKubeconfig(text, { allowExec: true, allowInsecure: true })
    assert.equal(withLeave.insecure, true)
    assert.equal(withLeave.ca, undefined)
    assert.equal(typeof withLeave.token, 'function')
  })

  const errors: [string, string, RegExp][] = [
    ['no context', 'clusters: []', /^kubeconfig: no current-context: name one with --context$/],
    ['a context that is missing', 'current-context: x', /^kubeconfig: context "x" does not exist$/],
    ['a cluster that is missing', kubeconfig(HERE).replace('name: c', 'name: z'), /cluster "c" does not exist$/],
    ['a user that is missing', kubeconfig(HERE).replace('name: u', 'name: z'), /user "u" does not exist$/],
    ['no server', kubeconfig('{}'), /cluster "c" has no server: give its URL$/],
    ['a server without a scheme', kubeconfig("{ server: 'here:6443' }"), /cluster "c" has no server: give its URL$/],
    [
      'a proxy of another kind',
      kubeconfig("{ server: 'https://x', proxy-url: 'socks5://p' }"),
      /must be an http or https/,
    ],
    ['something else', '[1, 2]', /^kubeconfig: this is no kubeconfig/],
    ['lists that are none', 'clusters: {}', /^kubeconfig: clusters must be a list of maps$/],
    ['a plugin without a command', kubeconfig(HERE, '{ exec: {} }'), /has no command$/],
  ]
  for (const [what, text, message] of errors) {
    test(`with ${what} is refused`, () => {
      assert.throws(() => accessFromKubeconfig(text, { allowExec: true }), refused(message))
    })
  }

  test('broken YAML is named by its place', () => {
    assert.throws(() => accessFromFile(file('broken', 'a: [1,\nb')), /broken/)
  })

  test('files that cannot be read are named', async () => {
    assert.throws(() => accessFromFile(join(directory, 'none')), refused(/^cannot read kubeconfig .*none: ENOENT/))
    const cluster = "{ server: 'https://x', certificate-authority: none.pem }"
    assert.throws(
      () => accessFromFile(file('no-ca', kubeconfig(cluster))),
      refused(/cannot read certificate-authority/),
    )
    const access = accessFromFile(file('no-token', kubeconfig(HERE, '{ tokenFile: none }')))
    await assert.rejects(tokenOf(access) ?? Promise.resolve(), refused(/cannot read the token in .*none/))
  })
})

describe('credential plugins', () => {
  const plugin = (script: string, more = '') =>
    accessFromFile(
      file(
        'exec',
        kubeconfig(HERE, `{ exec: { apiVersion: v1, command: sh, args: [-c, ${JSON.stringify(script)}]${more} } }`),
      ),
    )

  test('give a token, asked for once however many requests wait, and again when it expires', async () => {
    const counter = join(directory, 'runs')
    const print = (expires: string) =>
      `printf '{"status":{"token":"t%s"${expires}}}' "$(wc -l < ${counter} | tr -d ' ')"`
    const kept = plugin(`echo >> ${counter}; ${print('')}`)
    assert.deepEqual(await Promise.all([tokenOf(kept), tokenOf(kept)]), ['t1', 't1'])
    assert.equal(await tokenOf(kept), 't1')
    const expiring = plugin(`echo >> ${counter}; ${print(',"expirationTimestamp":"2020-01-01T00:00:00Z"')}`)
    assert.equal(await tokenOf(expiring), 't2')
    assert.equal(await tokenOf(expiring), 't3')
  })

  test('are told what they are asked for, with the variables of the kubeconfig', async () => {
    const print = `echo "{\\"status\\":{\\"token\\":\\"$WHO $(echo $KUBERNETES_EXEC_INFO | tr -dc a-zA-Z)\\"}}"`
    const access = plugin(print, ', env: [{ name: WHO, value: me }]')
    assert.equal(await tokenOf(access), 'me apiVersionvkindExecCredentialspecinteractivefalse')
  })

  for (const [what, script, message] of [
    ['fail', 'echo log in first >&2; exit 1', /credential plugin sh failed: log in first$/],
    ['print no JSON', 'echo secret', /credential plugin sh failed: it printed no JSON$/],
    ['give no token', 'echo {}', /credential plugin sh gave no token$/],
  ] as const) {
    test(`that ${what} are named, without what they printed`, async () => {
      await assert.rejects(tokenOf(plugin(script)) ?? Promise.resolve(), (error: unknown) => {
        assert.doesNotMatch(String(error), /secret/)
        return refused(message)(error)
      })
    })
  }
})

describe('the default', () => {
  const before = { ...process.env }
  afterEach(() => {
    process.env = { ...before }
  })

  test('is the file that is given, else those of KUBECONFIG, the first to name something wins', () => {
    const one = file('one', 'contexts: [{ name: ctx, context: { cluster: c } }]\ncurrent-context: ctx')
    const two = file('two', kubeconfig(HERE))
    process.env.KUBECONFIG = [one, join(directory, 'none'), two].join(delimiter)
    assert.equal(defaultAccess().server, 'https://here:6443')
    assert.equal(defaultAccess({ context: 'there' }).server, 'https://there:6443')
    const other = file('other', kubeconfig("{ server: 'https://other' }"))
    assert.equal(defaultAccess({ kubeconfig: other }).server, 'https://other')
    process.env.KUBECONFIG = join(directory, 'none')
    assert.throws(() => defaultAccess(), refused(/^cannot read kubeconfig .*none: no such file$/))
  })

  test('is none when there is nothing, with the cure', () => {
    Object.assign(process.env, { HOME: directory })
    for (const name of ['KUBECONFIG', 'KUBERNETES_SERVICE_HOST']) delete process.env[name]
    assert.throws(() => defaultAccess(), refused(/give --kubeconfig FILE, or set KUBECONFIG/))
  })
})
