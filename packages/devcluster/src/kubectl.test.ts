/** The real kubectl against the server. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { kubectl as unpacked } from '../../../scripts/test-tools.mjs'
import { startTestServer, type TestServer } from './testing/test-server.ts'

const run = promisify(execFile)
let server: TestServer
let program: string
before(async () => {
  program = await unpacked()
  server = await startTestServer({ workloads: true })
})
after(() => server.close())

async function kubectl(...args: string[]): Promise<string> {
  const env = { ...process.env, KUBECONFIG: server.kubeconfig, HOME: server.dataDir, KUBECTL_EXTERNAL_DIFF: 'diff -u' }
  try {
    return (await run(program, args, { env })).stdout
  } catch (error) {
    // Exit code 1 of diff says that there are differences.
    if (args[0] === 'diff' && error instanceof Error && 'stdout' in error) return String(error.stdout)
    throw error
  }
}

function file(name: string, text: string): string {
  const path = join(server.dataDir, name)
  writeFileSync(path, text)
  return path
}

const deployment = (image: string) => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: c, image: "${image}", env: [{name: A, value: "1"}]}]
`

describe('kubectl', () => {
  test('applies, waits for the rollout, shows a difference, applies it, and prints wide tables', async () => {
    const path = file('web.yaml', deployment('nginx:1'))
    assert.match(await kubectl('apply', '-f', path), /deployment.apps\/web created/)
    assert.match(await kubectl('apply', '-f', path), /unchanged/)
    assert.match(await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s'), /successfully rolled out/)
    file('web.yaml', deployment('nginx:2'))
    assert.match(await kubectl('diff', '-f', path), /\+ +- image: nginx:2|\+ +image: nginx:2/)
    assert.match(await kubectl('apply', '-f', path), /configured/)
    const table = await kubectl('get', 'deployments', '-o', 'wide')
    assert.match(table, /NAME +READY +UP-TO-DATE +AVAILABLE +AGE +CONTAINERS +IMAGES +SELECTOR/)
    assert.match(table, /web .*nginx:2 +app=web/)
    assert.match(await kubectl('describe', 'deployment', 'web'), /Selector: +app=web/)
  })

  test('applies server-side over what it applied client-side', async () => {
    const path = file('both.yaml', deployment('nginx:3').replaceAll('web', 'both'))
    await kubectl('apply', '-f', path)
    assert.match(await kubectl('apply', '--server-side', '-f', path), /serverside-applied/)
    const managers = await kubectl(
      'get',
      'deployment',
      'both',
      '--show-managed-fields',
      '-o',
      'jsonpath={.metadata.managedFields[*].manager}',
    )
    assert.match(managers, /kubectl/)
  })

  test('creates with typed clients (protobuf), labels, patches and deletes', async () => {
    await kubectl('create', 'configmap', 'typed', '--from-literal=a=1')
    await kubectl('label', 'configmap', 'typed', 'x=y')
    await kubectl('annotate', 'configmap', 'typed', 'note=z')
    await kubectl('patch', 'configmap', 'typed', '-p', '{"data":{"b":"2"}}')
    const { data, metadata } = JSON.parse(await kubectl('get', 'configmap', 'typed', '-o', 'json'))
    assert.deepEqual(data, { a: '1', b: '2' })
    assert.equal(metadata.labels.x, 'y')
    assert.match(await kubectl('delete', 'configmap', 'typed'), /deleted/)
    assert.equal(await kubectl('auth', 'can-i', 'create', 'pods'), 'yes\n')
  })

  test('knows custom kinds at once, by short name, with their columns and their explanation', async () => {
    const definition = file(
      'crd.yaml',
      `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gadgets.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {plural: gadgets, kind: Gadget, shortNames: [gd]}
  versions:
  - name: v1
    served: true
    storage: true
    additionalPrinterColumns: [{name: Size, type: integer, jsonPath: .spec.size}]
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec: {type: object, properties: {size: {type: integer, description: how big it is}}}
`,
    )
    await kubectl('apply', '-f', definition)
    await kubectl('wait', '--for=condition=Established', 'crd/gadgets.example.org', '--timeout=60s')
    const gadget = file(
      'gadget.yaml',
      'apiVersion: example.org/v1\nkind: Gadget\nmetadata: {name: g}\nspec: {size: 4}\n',
    )
    await kubectl('apply', '-f', gadget)
    assert.match(await kubectl('get', 'gd'), /NAME +SIZE\ng +4\n/)
    assert.match(await kubectl('explain', 'gadgets.spec.size'), /how big it is/)
    await kubectl('delete', 'crd', 'gadgets.example.org')
  })

  test('refuses fields that do not exist', async () => {
    const path = file('wrong.yaml', deployment('nginx').replace('replicas: 2', 'replica: 2').replaceAll('web', 'wrong'))
    await assert.rejects(kubectl('apply', '-f', path), /unknown field "spec.replica"/)
  })

  test('deletes a namespace and waits until it is gone', async () => {
    await kubectl('create', 'namespace', 'short')
    await kubectl('create', 'configmap', 'inside', '-n', 'short')
    await kubectl('delete', 'namespace', 'short', '--timeout=60s')
    await assert.rejects(kubectl('get', 'namespace', 'short'), /not found/)
  })
})
