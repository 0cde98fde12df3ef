/**
 * Our actions beside the real helm's: the same words, the same records, the same objects down to who owns which
 * field.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type ReleaseCluster, startReleaseCluster } from '../testing/release-cluster.ts'
import { type Story, tellTwice } from '../testing/twins.ts'

let cluster: ReleaseCluster
before(async () => {
  cluster = await startReleaseCluster()
})
after(() => cluster.close())

const conf = (data = 'color: {{ .Values.color | quote }}', meta = '') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-conf\n${meta}data:\n  ${data}\n`
const named = (name: string, annotations = '') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${annotations && `  annotations:\n    ${annotations}\n`}data:\n  a: "1"\n`
const hook = (name: string, more: string, kind = 'ConfigMap') =>
  `apiVersion: v1\nkind: ${kind}\nmetadata:\n  name: ${name}\n  annotations:\n    ${more.split('; ').join('\n    ')}\n`
const badService = 'apiVersion: v1\nkind: Service\nmetadata:\n  name: bad\nspec:\n  ports:\n  - port: 0\n'
const values = 'color: red\n'
const base = {
  'values.yaml': values,
  'templates/conf.yaml': conf(),
  'templates/NOTES.txt': 'Hello {{ .Values.color }}\n',
}
const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', name })
const csa = { flags: ['--server-side=false'], ours: { serverSideApply: false } }

const deployment = (containers: string, more = '') => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
${more}  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
${containers}`
const container = (name: string, env: string[] = []) =>
  `      - name: ${name}\n        image: nginx:1\n${env.length ? `        env:\n${env.map(e => `        - {name: ${e}, value: x}\n`).join('')}` : ''}`

const stories: Record<string, Story> = {
  'install, upgrade with values that go on, rollback, uninstall': {
    charts: { c: base },
    steps: [
      { install: 'c', flags: ['--set', 'color=blue'], ours: { values: { color: 'blue' } } },
      { upgrade: 'c' },
      { upgrade: 'c', flags: ['--set', 'color=green'], ours: { values: { color: 'green' } } },
      { rollback: 0 },
      { rollback: 1 },
      { rollback: 77 },
    ],
  },
  'uninstalled without a trace, and not found then': {
    charts: { c: base },
    steps: [
      { install: 'c' },
      { uninstall: true },
      { uninstall: true },
      { upgrade: 'c' },
      { rollback: 1 },
      { rollback: 0 },
    ],
  },
  'history that is kept, a name that is taken over': {
    charts: { c: base },
    steps: [
      { install: 'c' },
      { uninstall: true, flags: ['--keep-history'], ours: { keepHistory: true } },
      { uninstall: true, flags: ['--keep-history'], ours: { keepHistory: true } },
      { install: 'c' },
      { upgrade: 'c' },
      { install: 'c', flags: ['--replace'], ours: { replace: true } },
      { install: 'c', flags: ['--replace'], ours: { replace: true } },
    ],
  },
  'no more revisions than wanted': {
    charts: { c: base },
    steps: [
      { install: 'c' },
      ...['a', 'b', 'c'].map(color => ({
        upgrade: 'c',
        flags: ['--history-max=2', '--set', `color=${color}`],
        ours: { maxHistory: 2, values: { color } },
      })),
    ],
  },
  'labels and descriptions': {
    charts: { c: base },
    steps: [
      {
        install: 'c',
        flags: ['--labels=a=1,b=2', '--description=mine'],
        ours: { labels: { a: '1', b: '2' }, description: 'mine' },
      },
      {
        upgrade: 'c',
        flags: ['--labels=a=3,b=null', '--description=more'],
        ours: { labels: { a: '3', b: 'null' }, description: 'more' },
      },
      { upgrade: 'c', flags: ['--labels=owner=me'], ours: { labels: { owner: 'me' } } },
      { rollback: 1 },
    ],
  },
  'ways to keep values': {
    charts: {
      a: {
        ...base,
        'values.yaml': 'color: red\ndeep: {x: 1, y: 2}\n',
        'templates/conf.yaml': conf('v: {{ .Values | toJson | quote }}'),
      },
      b: {
        ...base,
        'values.yaml': 'color: new\ndeep: {x: 9, z: 3}\n',
        'templates/conf.yaml': conf('v: {{ .Values | toJson | quote }}'),
      },
    },
    steps: [
      { install: 'a', flags: ['--set', 'deep.x=5'], ours: { values: { deep: { x: 5 } } } },
      {
        upgrade: 'b',
        flags: ['--reuse-values', '--set', 'deep.q=1'],
        ours: { valuesFrom: 'reuse', values: { deep: { q: 1 } } },
      },
      {
        upgrade: 'b',
        flags: ['--reset-then-reuse-values', '--set', 'deep.r=1'],
        ours: { valuesFrom: 'resetThenReuse', values: { deep: { r: 1 } } },
      },
      { upgrade: 'b', flags: ['--reset-values'], ours: { valuesFrom: 'reset' } },
    ],
  },
  'names that cannot be': {
    charts: { c: base },
    name: 'Bad_Name',
    steps: [{ install: 'c' }, { upgrade: 'c' }, { uninstall: true }],
  },
  'a name in use': { charts: { c: base }, steps: [{ install: 'c' }, { install: 'c' }] },
  'a pending release blocks': {
    charts: { c: base },
    steps: [{ install: 'c' }, { leave: 'pending-upgrade' }, { upgrade: 'c' }, { install: 'c' }, { uninstall: true }],
  },
  'objects of nobody, of another release, and taking them': {
    charts: {
      c: { ...base, 'templates/shared.yaml': named('shared'), 'templates/labelled.yaml': named('labelled') },
      d: base,
    },
    steps: [
      { make: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'shared' }, data: { mine: 'yes', a: '0' } } },
      {
        make: {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: {
            name: 'labelled',
            labels: { 'app.kubernetes.io/managed-by': 'Helm' },
            annotations: { 'meta.helm.sh/release-name': 'other', 'meta.helm.sh/release-namespace': '<ns>' },
          },
        },
      },
      { install: 'c' },
      { install: 'd' },
      { upgrade: 'c' },
      { upgrade: 'c', flags: ['--take-ownership'], ours: { takeOwnership: true } },
      {
        upgrade: 'c',
        flags: ['--take-ownership', '--force-conflicts'],
        ours: { takeOwnership: true, forceConflicts: true },
      },
    ],
  },
  'taking over at installation': {
    charts: { c: { ...base, 'templates/shared.yaml': named('shared') } },
    steps: [
      { make: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'shared' }, data: { mine: 'yes' } } },
      { install: 'c', flags: ['--take-ownership'], ours: { takeOwnership: true } },
      { uninstall: true },
    ],
  },
  'taking over at installation by the client': {
    charts: { c: { ...base, 'templates/shared.yaml': named('shared') } },
    steps: [
      { make: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'shared' }, data: { mine: 'yes', a: '7' } } },
      { install: 'c', flags: ['--take-ownership', ...csa.flags], ours: { takeOwnership: true, ...csa.ours } },
    ],
  },
  'fields that others own': {
    charts: { c: base },
    steps: [
      { install: 'c' },
      { edit: configMap('r-conf'), patch: { data: { color: 'theirs', more: 'x' } } },
      { upgrade: 'c', flags: ['--set', 'color=blue'], ours: { values: { color: 'blue' } } },
      {
        upgrade: 'c',
        flags: ['--set', 'color=blue', '--force-conflicts'],
        ours: { values: { color: 'blue' }, forceConflicts: true },
      },
      { edit: configMap('r-conf'), patch: { data: { color: 'again' } } },
      {
        upgrade: 'c',
        flags: ['--set', 'color=green', ...csa.flags],
        ours: { values: { color: 'green' }, ...csa.ours },
      },
      { upgrade: 'c', flags: ['--set', 'color=white'], ours: { values: { color: 'white' } } },
      {
        upgrade: 'c',
        flags: ['--server-side=true', '--force-conflicts'],
        ours: { serverSideApply: true, forceConflicts: true },
      },
    ],
  },
  'a release of the client, edited, and moved to the server': {
    charts: { c: base, d: { ...base, 'templates/conf.yaml': conf('other: x') } },
    steps: [
      { install: 'c', ...csa },
      { edit: configMap('r-conf'), patch: { data: { more: 'x', color: 'theirs' } } },
      { upgrade: 'c' },
      { upgrade: 'c', flags: ['--set', 'color=blue'], ours: { values: { color: 'blue' } } },
      { upgrade: 'd' },
      { upgrade: 'c', flags: ['--server-side=true'], ours: { serverSideApply: true } },
      { rollback: 1 },
      { rollback: 5 },
      { upgrade: 'c', flags: ['--force-replace', ...csa.flags], ours: { forceReplace: true, ...csa.ours } },
    ],
  },
  'containers, variables and ports merge by their keys': {
    charts: {
      a: {
        'templates/d.yaml': deployment(container('one', ['A', 'B']) + container('two')),
        'templates/s.yaml': service([80, 81]),
      },
      b: { 'templates/d.yaml': deployment(container('one', ['B', 'C'])), 'templates/s.yaml': service([81, 82]) },
      c: {
        'templates/d.yaml': deployment(
          container('three') + container('one'),
          '  replicas: 2\n  strategy: {type: Recreate}\n',
        ),
        'templates/s.yaml': service([82]),
      },
    },
    kinds: [
      { apiVersion: 'apps/v1', kind: 'Deployment' },
      { apiVersion: 'v1', kind: 'Service' },
    ],
    steps: [
      { install: 'a', ...csa },
      {
        edit: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
        patch: { spec: { replicas: 5 }, metadata: { labels: { their: 'own' } } },
      },
      { upgrade: 'b' },
      { upgrade: 'c' },
      { upgrade: 'a' },
      { rollback: 3 },
      {
        upgrade: 'b',
        flags: ['--server-side=true', '--force-conflicts'],
        ours: { serverSideApply: true, forceConflicts: true },
      },
    ],
  },
  'what left the chart goes, unless it asks to stay': {
    charts: {
      a: {
        ...base,
        'templates/x.yaml': named('x'),
        'templates/k.yaml': named('k', 'helm.sh/resource-policy: keep'),
        'templates/o.yaml': named('o', 'helm.sh/resource-policy: other'),
      },
      b: base,
    },
    steps: [{ install: 'a' }, { upgrade: 'b' }, { upgrade: 'a' }, { uninstall: true }],
  },
  'an installation that fails, and is tried again': {
    charts: { bad: { ...base, 'templates/bad.yaml': badService }, good: base },
    steps: [
      { install: 'bad' },
      { install: 'good' },
      { upgrade: 'good' },
      { upgrade: 'bad' },
      { upgrade: 'good' },
      { upgrade: 'bad', flags: ['--cleanup-on-fail'], ours: { cleanupOnFail: true } },
    ],
  },
  'a failed upgrade cleans up after itself': {
    charts: { bad: { ...base, 'templates/bad.yaml': badService, 'templates/new.yaml': named('new') }, good: base },
    steps: [{ install: 'good' }, { upgrade: 'bad', flags: ['--cleanup-on-fail'], ours: { cleanupOnFail: true } }],
  },
  'failures are rolled back': {
    charts: { bad: { ...base, 'templates/bad.yaml': badService }, good: base },
    steps: [
      { install: 'bad', flags: ['--rollback-on-failure', '--wait=hookOnly'], ours: { rollbackOnFailure: true } },
      { install: 'good' },
      { upgrade: 'bad', flags: ['--rollback-on-failure', '--wait=hookOnly'], ours: { rollbackOnFailure: true } },
    ],
  },
  'several objects refused at once': {
    charts: {
      c: {
        'templates/a.yaml': badService,
        'templates/b.yaml': badService.replace('bad', 'worse'),
        'templates/c.yaml': named('fine'),
      },
    },
    steps: [{ install: 'c' }, { install: 'c', ...csa }],
  },
  'kinds that the cluster does not know': {
    charts: {
      one: { 'templates/a.yaml': 'apiVersion: no.such/v1\nkind: Thing\nmetadata:\n  name: t\n' },
      two: {
        'templates/a.yaml':
          'apiVersion: no.such/v1\nkind: Thing\nmetadata:\n  name: t\n---\napiVersion: no.such/v1\nkind: Other\nmetadata:\n  name: o\n  namespace: elsewhere\n',
      },
      good: base,
    },
    steps: [{ install: 'one' }, { install: 'two' }, { install: 'good' }, { upgrade: 'two' }],
  },
  'documents that are no objects': {
    charts: {
      kindless: { 'templates/a.yaml': 'apiVersion: v1\nmetadata:\n  name: t\n' },
      bare: { 'templates/a.yaml': 'a: b\n' },
      comment: { ...base, 'templates/a.yaml': '# nothing\n' },
      both: { 'templates/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: t\n  generateName: g-\n' },
    },
    steps: [
      { install: 'kindless' },
      { install: 'bare' },
      { install: 'both' },
      { install: 'comment' },
      { upgrade: 'kindless' },
    ],
  },
  'fields that nobody knows': {
    charts: { c: { 'templates/a.yaml': `${named('a')}spec:\n  none: such\n` } },
    steps: [{ install: 'c' }, { uninstall: true }, { install: 'c', ...csa }],
  },
  'templates that fail, and say where': {
    charts: {
      bad: { 'templates/a.yaml': '{{ fail "no way" }}' },
      good: base,
      schema: { ...base, 'values.schema.json': '{"required":["owner"],"properties":{"color":{"type":"integer"}}}' },
    },
    steps: [
      { install: 'bad' },
      { install: 'good' },
      { upgrade: 'bad' },
      { upgrade: 'schema' },
      { upgrade: 'schema', flags: ['--skip-schema-validation'], ours: { disableSchemaValidation: true } },
    ],
  },
  'hooks by weight, with what their policies leave': {
    charts: {
      c: {
        ...base,
        'templates/h1.yaml': hook(
          'first',
          'helm.sh/hook: pre-install; helm.sh/hook-weight: "-5"; helm.sh/hook-delete-policy: hook-succeeded',
        ),
        'templates/h2.yaml': hook('second', 'helm.sh/hook: pre-install,post-upgrade; helm.sh/hook-weight: "5"'),
        'templates/h3.yaml': hook(
          'third',
          'helm.sh/hook: pre-install,pre-upgrade; helm.sh/hook-delete-policy: hook-failed',
        ),
        'templates/h4.yaml': hook('fourth', 'helm.sh/hook: pre-rollback, post-rollback'),
        'templates/h5.yaml': hook('fifth', 'helm.sh/hook: pre-delete,post-delete'),
        'templates/h6.yaml': hook('sixth', 'helm.sh/hook: no-such-event'),
      },
    },
    steps: [{ install: 'c' }, { upgrade: 'c' }, { rollback: 1 }, { uninstall: true }],
  },
  'hooks turned off': {
    charts: {
      c: { ...base, 'templates/h1.yaml': hook('first', 'helm.sh/hook: pre-install,post-upgrade,post-delete') },
    },
    steps: [
      { install: 'c', flags: ['--no-hooks'], ours: { disableHooks: true } },
      { upgrade: 'c', flags: ['--no-hooks'], ours: { disableHooks: true } },
      { uninstall: true, flags: ['--no-hooks', '--keep-history'], ours: { disableHooks: true, keepHistory: true } },
    ],
  },
  'hooks that fail': {
    charts: {
      c: {
        ...base,
        'templates/h0.yaml': hook(
          'zero',
          'helm.sh/hook: pre-install,post-upgrade; helm.sh/hook-weight: "-1"; helm.sh/hook-delete-policy: hook-succeeded',
        ),
        'templates/h1.yaml': `${hook('bad', 'helm.sh/hook: pre-install,post-upgrade', 'Service')}spec:\n  ports:\n  - port: 0\n`,
      },
      d: base,
    },
    steps: [{ install: 'c' }, { upgrade: 'd' }, { upgrade: 'c' }],
  },
  'a hook of a kind nobody knows': {
    charts: {
      c: {
        ...base,
        'templates/h.yaml':
          'apiVersion: no.such/v1\nkind: Thing\nmetadata:\n  name: t\n  annotations:\n    helm.sh/hook: post-install\n',
      },
    },
    steps: [{ install: 'c' }],
  },
  'definitions in crds, and objects of them by the client': {
    charts: {
      a: {
        'crds/crd.yaml': definition(),
        'templates/t.yaml':
          'apiVersion: story.test/v1\nkind: Widget\nmetadata:\n  name: w\nspec:\n  a: 1\n  list: [x]\n',
      },
      b: {
        'templates/t.yaml':
          'apiVersion: story.test/v1\nkind: Widget\nmetadata:\n  name: w\nspec:\n  b: 2\n  list: [y]\n',
      },
    },
    kinds: [{ apiVersion: 'story.test/v1', kind: 'Widget' }],
    steps: [
      { install: 'a', ...csa },
      { edit: { apiVersion: 'story.test/v1', kind: 'Widget', name: 'w' }, patch: { spec: { theirs: 1 } } },
      { upgrade: 'b' },
      { upgrade: 'b', flags: ['--server-side=true'], ours: { serverSideApply: true } },
    ],
  },
}

function service(ports: number[]): string {
  const listed = ports.map(port => `  - {name: p${port}, port: ${port}}\n`).join('')
  return `apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  ports:\n${listed}`
}

function definition(): string {
  return `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.story.test}
spec:
  group: story.test
  names: {kind: Widget, plural: widgets, singular: widget, listKind: WidgetList}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`
}

describe('as the real helm does it', () => {
  for (const [name, story] of Object.entries(stories)) {
    test(name, async () => {
      const said = await tellTwice(cluster, story)
      assert.equal(said.length, story.steps.length)
    })
  }
})
