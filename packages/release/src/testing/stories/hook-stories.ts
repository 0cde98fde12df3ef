/** Stories of hooks. */
import type { Story } from '../twins.ts'
import { base, hook } from './chart-texts.ts'

export const hookStories: Record<string, Story> = {
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
}
