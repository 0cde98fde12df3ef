/**
 * The words of the command line. Each command lives in a module of its own that exports `register(program)`, loaded only when its word is
 * the one asked for, so that help and short commands start at once. A new command is one line here.
 */
import type { Command } from 'commander'

export interface CommandModule {
  /** Adds the command, its options and its action to the program. */
  register(program: Command): void
}

export interface CommandEntry {
  word: string
  summary: string
  load(): Promise<CommandModule>
}

export const commandTable: readonly CommandEntry[] = [
  {
    word: 'up',
    summary: 'run the whole system on this machine: service, git server, dev clusters, configurations',
    load: () => import('./commands/up.ts'),
  },
  {
    word: 'get',
    summary: 'show sources, kustomizations and releases of a cluster with their readiness',
    load: () => import('./commands/get.ts'),
  },
  {
    word: 'reconcile',
    summary: 'have a source, kustomization or release reconciled now, and wait for the result',
    load: () => import('./commands/reconcile.ts'),
  },
  {
    word: 'suspend',
    summary: 'stop reconciling a source, kustomization or release',
    load: () => import('./commands/suspend-resume.ts'),
  },
  {
    word: 'resume',
    summary: 'go on reconciling a suspended source, kustomization or release',
    load: () => import('./commands/suspend-resume.ts'),
  },
  {
    word: 'events',
    summary: 'show what the controllers said about their objects',
    load: () => import('./commands/events.ts'),
  },
  {
    word: 'tree',
    summary: 'show the objects that a kustomization or release applied',
    load: () => import('./commands/tree.ts'),
  },
  {
    word: 'build',
    summary: 'render manifests without a cluster: kustomization',
    load: () => import('./commands/build.ts'),
  },
  {
    word: 'edit',
    summary: 'change a kustomization file: add, remove, set, fix',
    load: () => import('./commands/edit.ts'),
  },
  {
    word: 'template',
    summary: 'render a chart without a cluster',
    load: () => import('./commands/template.ts'),
  },
  {
    word: 'dependency',
    summary: 'fetch or list the charts that a chart depends on: update, build, list',
    load: () => import('./commands/dependency.ts'),
  },
  {
    word: 'values',
    summary: 'show the values that a chart or a release is rendered with',
    load: () => import('./commands/values.ts'),
  },
  {
    word: 'diff',
    summary: 'show what a release would change on its cluster',
    load: () => import('./commands/diff.ts'),
  },
  {
    word: 'controllers',
    summary: 'run the reconcilers of a cluster',
    load: () => import('./commands/controllers.ts'),
  },
  {
    word: 'crds',
    summary: 'print the definitions of all kinds, for a cluster that lacks them',
    load: () => import('./commands/crds.ts'),
  },
  {
    word: 'devcluster',
    summary: 'run an embedded Kubernetes API server in the foreground',
    load: () => import('./commands/devcluster.ts'),
  },
  {
    word: 'agent',
    summary: 'run the agent that connects a cluster to the fleet service',
    load: () => import('./commands/agent.ts'),
  },
  {
    word: 'fleet',
    summary: 'run the fleet service: the resource API and the agents of all clusters',
    load: () => import('./commands/fleet.ts'),
  },
  {
    word: 'login',
    summary: 'log in to a fleet service',
    load: () => import('./commands/login.ts'),
  },
  {
    word: 'logout',
    summary: 'forget the login',
    load: () => import('./commands/login.ts'),
  },
  {
    word: 'user',
    summary: 'people and programs that may use the fleet service',
    load: () => import('./commands/user.ts'),
  },
  {
    word: 'connectedk8s',
    summary: 'connect clusters to the fleet service, list and show them',
    load: () => import('./commands/connectedk8s.ts'),
  },
  {
    word: 'k8s-extension',
    summary: 'extensions of clusters: create, list, show, update, delete',
    load: () => import('./commands/k8s-extension.ts'),
  },
  {
    word: 'k8s-configuration',
    summary: 'Flux configurations of clusters: flux create, update, list, show, delete',
    load: () => import('./commands/k8s-configuration.ts'),
  },
  {
    word: 'completion',
    summary: 'print the completion script of a shell',
    load: () => import('./commands/completion.ts'),
  },
]
