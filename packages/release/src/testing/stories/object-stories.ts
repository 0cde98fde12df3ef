/** Stories of objects: whose they are, who owns their fields, how they merge, come and go. */
import type { Story } from '../twins.ts'
import { base, conf, configMap, container, csa, definition, deployment, named, scaler, service } from './chart-texts.ts'

export const objectStories: Record<string, Story> = {
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
  'lists of objects, objects elsewhere and of the whole cluster': {
    charts: {
      c: {
        'templates/l.yaml': `apiVersion: v1\nkind: List\nitems:\n${['one', 'two'].map(name => `- {apiVersion: v1, kind: ConfigMap, metadata: {name: ${name}}}\n`).join('')}`,
        'templates/r.yaml': `apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: {{ .Release.Namespace }}\n`,
        'templates/e.yaml':
          'apiVersion: v1\nkind: Secret\nmetadata:\n  name: {{ .Release.Namespace }}\n  namespace: default\n',
      },
      d: { 'templates/l.yaml': named('one') },
    },
    steps: [
      { install: 'c' },
      { upgrade: 'd' },
      { rollback: 1 },
      { rollback: 2, ...csa },
      { upgrade: 'c', ...csa },
      { uninstall: true },
    ],
  },
  'names that the server makes': {
    charts: { c: { 'templates/g.yaml': 'apiVersion: v1\nkind: Secret\nmetadata:\n  generateName: g-\n' } },
    steps: [{ install: 'c' }, { uninstall: true }, { install: 'c', ...csa }],
  },
  'an object in another version is the same object': {
    charts: {
      a: { 'templates/h.yaml': scaler('v1', '  targetCPUUtilizationPercentage: 50\n') },
      b: { 'templates/h.yaml': scaler('v2', '') },
    },
    kinds: [{ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' }],
    steps: [{ install: 'a' }, { upgrade: 'b' }, { rollback: 1 }, { upgrade: 'b', ...csa }, { upgrade: 'a' }],
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
