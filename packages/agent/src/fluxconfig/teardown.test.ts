import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { KubeObject } from '@sluice/api'
import fc from 'fast-check'
import { fluxConfig } from '../testing/flux-config.ts'
import { leftovers, nextTeardownStep } from './teardown.ts'

const object = (kind: string, name: string, dependsOn: string[] = []): KubeObject => ({
  apiVersion: kind === 'Kustomization' ? 'kustomize.toolkit.fluxcd.io/v1' : 'v1',
  kind,
  metadata: { name, namespace: 'team' },
  spec: { dependsOn: dependsOn.map(one => ({ name: one })) },
})

const rest = [object('GitRepository', 'shop'), object('Secret', 'shop-auth'), object('ServiceAccount', 'flux-applier')]

/** Tears down until nothing is left; answers what went in which round. */
function rounds(objects: KubeObject[], keepAccount = false): string[][] {
  const seen: string[][] = []
  let left = objects
  for (;;) {
    const { remove, done } = nextTeardownStep(left, keepAccount)
    if (done) return seen
    assert.ok(remove.length > 0, 'something goes in every round')
    seen.push(remove.map(ref => `${ref.kind}/${ref.name}`).sort())
    left = left.filter(one => !remove.some(ref => ref.kind === one.kind && ref.name === one.metadata.name))
  }
}

describe('taking a configuration away', () => {
  test('dependents go before what they depend on, the source after all of them, the rest last', () => {
    const chain = [
      object('Kustomization', 'shop-infra'),
      object('Kustomization', 'shop-apps', ['shop-infra']),
      object('Kustomization', 'shop-tests', ['shop-apps', 'shop-infra']),
      object('Kustomization', 'shop-other'),
    ]
    assert.deepEqual(rounds([...rest, ...chain]), [
      ['Kustomization/shop-other', 'Kustomization/shop-tests'],
      ['Kustomization/shop-apps'],
      ['Kustomization/shop-infra'],
      ['GitRepository/shop'],
      ['Secret/shop-auth', 'ServiceAccount/flux-applier'],
    ])
  })

  test('a cycle does not keep itself alive', () => {
    const cycle = [
      object('Kustomization', 'a', ['b']),
      object('Kustomization', 'b', ['a']),
      object('Kustomization', 'c', ['a']),
    ]
    assert.deepEqual(rounds(cycle), [['Kustomization/a', 'Kustomization/b', 'Kustomization/c']])
  })

  test('what is being deleted is waited for, not deleted again', () => {
    const going = object('Kustomization', 'shop-apps')
    going.metadata.deletionTimestamp = '2026-01-01T00:00:00Z'
    const step = nextTeardownStep([...rest, going], false)
    assert.deepEqual(step, { remove: [], done: false, waitingFor: ['Kustomization team/shop-apps'] })
  })

  test('the service account stays while others need it', () => {
    assert.deepEqual(rounds(rest, true), [['GitRepository/shop'], ['Secret/shop-auth']])
  })

  test('ends for any graph of dependencies', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    const graph = fc.array(fc.tuple(fc.constantFrom(...names), fc.constantFrom(...names)), { maxLength: 20 })
    fc.assert(
      fc.property(graph, edges => {
        const all = names.map(name =>
          object(
            'Kustomization',
            name,
            edges.flatMap(([from, to]) => (from === name ? [to] : [])),
          ),
        )
        assert.equal(rounds(all).flat().length, names.length)
      }),
    )
  })
})

test('leftovers are what left the configuration; its own key pair and protected settings stay', () => {
  const config = fluxConfig({ protectedParametersSecretRef: { name: 'shop-protected-parameters' } })
  const existing = [
    object('Kustomization', 'shop-apps'),
    object('Kustomization', 'shop-old'),
    object('Secret', 'shop-auth'),
    object('Secret', 'shop-ssh-key'),
    object('Secret', 'shop-protected-parameters'),
  ]
  const left = leftovers(config, existing, [object('Kustomization', 'shop-apps')])
  assert.deepEqual(
    left.map(o => o.metadata.name),
    ['shop-old', 'shop-auth'],
  )
})
