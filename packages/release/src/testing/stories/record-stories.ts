/** Stories of revisions, their values, names and history. */
import type { Story } from '../twins.ts'
import { base, conf, named, seeing, service } from './chart-texts.ts'

export const recordStories: Record<string, Story> = {
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
  'templates that look into the cluster': {
    charts: {
      c: { 'templates/s.yaml': service([80]), 'templates/see.yaml': seeing },
      unknown: { 'templates/see.yaml': '{{ lookup "story.none/v1" "Thing" "" "x" }}' },
      forbidden: { 'Chart.yaml': 'apiVersion: v2\nname: c\nversion: 1.0.0\nkubeVersion: ">=99"\n' },
    },
    steps: [
      { make: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'seen' }, data: { a: 'b' } } },
      { install: 'c' },
      { upgrade: 'c' },
      { upgrade: 'unknown' },
      { upgrade: 'forbidden' },
    ],
  },
  'rehearsals write nothing': {
    charts: { c: base, d: { 'templates/x.yaml': named('shared') } },
    steps: [
      { make: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'shared' } } },
      { install: 'c', flags: ['--dry-run=server'], ours: { dryRun: true } },
      { install: 'd', flags: ['--dry-run=server'], ours: { dryRun: true } },
      { upgrade: 'c', flags: ['--dry-run=server'], ours: { dryRun: true } },
      { install: 'c' },
      { upgrade: 'c', flags: ['--dry-run=server'], ours: { dryRun: true } },
      { rollback: 1, flags: ['--dry-run=server'], ours: { dryRun: true } },
      { uninstall: true, flags: ['--dry-run'], ours: { dryRun: true } },
    ],
  },
  'notes of subcharts': {
    charts: {
      c: {
        ...base,
        'charts/sub/Chart.yaml': 'apiVersion: v2\nname: sub\nversion: 1.0.0\n',
        'charts/sub/templates/NOTES.txt': 'from sub',
      },
    },
    steps: [{ install: 'c' }],
  },
}
