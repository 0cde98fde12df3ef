import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sortManifests } from './sort-manifests.ts'

const object = (kind: string, name: string, annotations = '') =>
  `kind: ${kind}\nmetadata:\n  name: ${name}\n${annotations && `  annotations: ${annotations}\n`}`

test('manifests stand in the order of installation, unknown kinds last by name', () => {
  const { manifests } = sortManifests(
    new Map([
      ['web/templates/b.yaml', `${object('Widget', 'w')}---\n${object('Service', 'b')}---\n\n---\n# only a remark`],
      [
        'web/templates/a.yaml',
        `${object('Deployment', 'd')}---\n${object('Anvil', 'x')}---\n${object('Service', 'a')}`,
      ],
      ['web/templates/_x.yaml', object('Service', 'never')],
      ['web/templates/blank.yaml', '\n \n'],
    ]),
  )
  assert.deepEqual(
    manifests.map(({ kind, name }) => `${kind} ${name}`),
    ['Service a', 'Service b', 'Deployment d', ' ', 'Anvil x', 'Widget w'],
  )
})

test('hooks are told from manifests', () => {
  const { manifests, hooks } = sortManifests(
    new Map([
      [
        'web/templates/a.yaml',
        [
          object('Job', 'late', '{helm.sh/hook: "post-install, Post-Upgrade", helm.sh/hook-weight: "5"}'),
          object(
            'ConfigMap',
            'early',
            '{helm.sh/hook: pre-install, helm.sh/hook-delete-policy: "hook-succeeded,hook-failed"}',
          ),
          object('Pod', 'unknown', '{helm.sh/hook: crd-install}'),
          object('Pod', 'probe', '{helm.sh/hook: test-success, helm.sh/hook-weight: much}'),
          object('Pod', 'none', '{other: x}'),
        ].join('---\n'),
      ],
    ]),
  )
  assert.deepEqual(
    manifests.map(({ name }) => name),
    ['none'],
  )
  assert.deepEqual(
    hooks.map(({ name, events, weight, deletePolicies }) => ({ name, events, weight, deletePolicies })),
    [
      { name: 'early', events: ['pre-install'], weight: 0, deletePolicies: ['hook-succeeded', 'hook-failed'] },
      { name: 'probe', events: ['test'], weight: 0, deletePolicies: [] },
      { name: 'late', events: ['post-install', 'post-upgrade'], weight: 5, deletePolicies: [] },
    ],
  )
})

test('annotations may be named as anything is that objects have by birth', () => {
  const annotations = '{ __proto__: x, constructor: x, helm.sh/hook: test }'
  const { hooks, manifests } = sortManifests(new Map([['a', `${object('Pod', 'a', annotations)}`]]))
  assert.deepEqual([hooks.length, manifests.length], [1, 0])
  const plain = sortManifests(new Map([['a', object('Pod', 'a', '{ __proto__: x }')]]))
  assert.deepEqual([plain.hooks.length, plain.manifests.length], [0, 1])
})

test('what is no YAML is refused with its file', () => {
  assert.throws(() => sortManifests(new Map([['web/templates/a.yaml', 'a: b: c']])), {
    name: 'HelmError',
    message: /^YAML parse error on web\/templates\/a\.yaml: /,
  })
})
