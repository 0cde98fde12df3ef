import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { KubeObject, ManagedFieldsEntry } from '@sluice/api'
import { ownedHash, ownsTheSame } from './owned-fields.ts'

const US = 'kustomize-controller'

const own = (fieldsV1: Record<string, unknown>): ManagedFieldsEntry => ({
  manager: US,
  operation: 'Apply',
  apiVersion: 'apps/v1',
  fieldsType: 'FieldsV1',
  fieldsV1,
})

const OWNED = {
  'f:metadata': { 'f:labels': { 'f:app': {} } },
  'f:spec': {
    'f:replicas': {},
    'f:template': {
      'f:spec': {
        'f:containers': {
          'k:{"name":"web"}': {
            '.': {},
            'f:image': {},
            'f:name': {},
            'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } },
          },
        },
      },
    },
  },
}

function deployment(): KubeObject & { spec: { replicas: number; template: { spec: { containers: Container[] } } } } {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'web',
      resourceVersion: '1',
      labels: { app: 'web' },
      managedFields: [own(OWNED), { manager: 'kube-controller-manager', operation: 'Update', subresource: 'status' }],
    },
    spec: { replicas: 2, template: { spec: { containers: [container('web', 'nginx:1')] } } },
    status: { readyReplicas: 2 },
  }
}

interface Container {
  name: string
  image: string
  env?: unknown
  ports: { containerPort: number; protocol: string; hostPort?: number }[]
}

const container = (name: string, image: string): Container => ({
  name,
  image,
  ports: [{ containerPort: 80, protocol: 'TCP' }],
})

const containersOf = (object: ReturnType<typeof deployment>) => object.spec.template.spec.containers

/** The hash of a Deployment after somebody did this to it. */
function after(change: (object: ReturnType<typeof deployment>) => void): string {
  const object = deployment()
  change(object)
  return ownedHash(object, US)
}

const BEFORE = ownedHash(deployment(), US)

describe('the hash of what we own', () => {
  const unseen: [string, (object: ReturnType<typeof deployment>) => void][] = [
    [
      'status',
      o => {
        o.status = { readyReplicas: 0 }
      },
    ],
    [
      'a resource version',
      o => {
        o.metadata.resourceVersion = '2'
      },
    ],
    [
      'a label of somebody else',
      o => {
        o.metadata.labels = { ...o.metadata.labels, theirs: 'x' }
      },
    ],
    [
      'a field beside ours in our container',
      o => {
        Object.assign(containersOf(o)[0] ?? {}, { env: [{ name: 'A' }] })
      },
    ],
    ['a container of somebody else, before ours', o => containersOf(o).unshift(container('sidecar', 'proxy:1'))],
    [
      'a field beside ours in our port',
      o => {
        Object.assign(containersOf(o)[0]?.ports[0] ?? {}, { hostPort: 80 })
      },
    ],
    [
      'bookkeeping of another manager',
      o => {
        o.metadata.managedFields?.push({ manager: 'helm', operation: 'Update', fieldsV1: { 'f:spec': {} } })
      },
    ],
  ]
  for (const [what, change] of unseen) test(`stays with ${what}`, () => assert.equal(after(change), BEFORE))

  const seen: [string, (object: ReturnType<typeof deployment>) => void][] = [
    [
      'a value of ours',
      o => {
        o.spec.replicas = 5
      },
    ],
    [
      'the image of our container',
      o => {
        Object.assign(containersOf(o)[0] ?? {}, { image: 'nginx:2' })
      },
    ],
    ['our container gone', o => containersOf(o).splice(0)],
    ['our port gone', o => containersOf(o)[0]?.ports.splice(0)],
    [
      'our label gone',
      o => {
        o.metadata.labels = {}
      },
    ],
    [
      'a field taken over by another manager',
      o => {
        const { 'f:replicas': _, ...spec } = OWNED['f:spec']
        o.metadata.managedFields = [own({ ...OWNED, 'f:spec': spec })]
      },
    ],
    [
      'anything done by kubectl, because it is to be undone',
      o => {
        const fieldsV1 = { 'f:metadata': { 'f:annotations': { 'f:note': {} } } }
        o.metadata.managedFields?.push({ manager: 'kubectl-edit', operation: 'Update', fieldsV1 })
      },
    ],
  ]
  for (const [what, change] of seen) test(`changes with ${what}`, () => assert.notEqual(after(change), BEFORE))

  test('is empty when we own nothing by server-side apply', () => {
    const theirs = (object: KubeObject) => {
      object.metadata.managedFields = [{ manager: US, operation: 'Update', fieldsV1: {} }, { manager: 'helm' }]
    }
    assert.equal(after(theirs), '')
  })

  test('covers all that is below a leaf, members of sets, and places in lists', () => {
    const object = (value: unknown): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Thing',
      metadata: { name: 'x', managedFields: [own({ 'f:spec': { 'f:whole': {}, 'f:set': SET, 'f:list': LIST } })] },
      spec: value,
    })
    const hash = (value: unknown) => ownedHash(object(value), US)
    const before = hash({ whole: { a: { b: 1 } }, set: ['x', 'y'], list: ['0', '1'] })
    assert.notEqual(hash({ whole: { a: { b: 2 } }, set: ['x', 'y'], list: ['0', '1'] }), before)
    assert.notEqual(hash({ whole: { a: { b: 1 } }, set: ['y'], list: ['0', '1'] }), before)
    assert.notEqual(hash({ whole: { a: { b: 1 } }, set: ['x', 'y'], list: ['0', '2'] }), before)
    assert.equal(hash({ whole: { a: { b: 1 } }, set: ['z', 'x'], list: ['9', '1'] }), before)
  })

  test('of a map that is owned without anything in it tells only whether it is there', () => {
    const object = (annotations?: Record<string, string>): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Thing',
      metadata: { name: 'x', annotations, managedFields: [own({ 'f:metadata': { 'f:annotations': { '.': {} } } })] },
    })
    assert.equal(ownedHash(object({}), US), ownedHash(object({ theirs: 'x' }), US))
    assert.notEqual(ownedHash(object({}), US), ownedHash(object(), US))
  })
})

const SET = { 'v:"x"': {} }
const LIST = { 'i:1': {} }

describe('owning the same', () => {
  test('is a matter of fields, not of values or their order', () => {
    const one = deployment()
    const other = deployment()
    other.spec.replicas = 9
    const [entry] = other.metadata.managedFields ?? []
    const reversed = Object.fromEntries(Object.entries(entry?.fieldsV1 ?? {}).reverse())
    other.metadata.managedFields = [own(reversed)]
    assert.equal(ownsTheSame(one, other, US), true)
    other.metadata.managedFields = [own({ ...OWNED, 'f:data': {} })]
    assert.equal(ownsTheSame(one, other, US), false)
    other.metadata.managedFields = []
    assert.equal(ownsTheSame(one, other, US), false)
  })
})
