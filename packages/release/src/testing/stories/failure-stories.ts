/** Stories that end badly, and go on. */
import type { Story } from '../twins.ts'
import { badService, base, csa, named } from './chart-texts.ts'

export const failureStories: Record<string, Story> = {
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
      numbered: { 'templates/a.yaml': named('z').replace('data:', '  labels: {a: 1}\ndata:') },
      nameless: { 'templates/a.yaml': named('y') },
      kindless: { 'templates/a.yaml': 'apiVersion: v1\nmetadata:\n  name: t\n' },
      bare: { 'templates/a.yaml': 'a: b\n' },
      comment: { ...base, 'templates/a.yaml': '# nothing\n' },
      both: { 'templates/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: t\n  generateName: g-\n' },
    },
    steps: [
      { install: 'nameless' },
      { install: 'numbered' },
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
}
