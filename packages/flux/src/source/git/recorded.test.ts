/**
 * The GitRepository scenarios recorded from the real source-controller, replayed on the bench: same steps, then the same
 * status, events and artifacts, word for word.
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { GitRepository, KubeObject } from '@sluice/api'
import { SourceBench } from '../testing/source-bench.ts'

const shared = new URL('../../../../../../shared/conformance/flux/', import.meta.url)
const recordings = new URL('recorded/sources.json', shared)

interface Commit {
  repo: string
  [field: string]: unknown
}

interface Step {
  apply?: KubeObject[]
  patch?: string
  body?: { spec?: Record<string, unknown> }
  wait?: string
  ready?: string
  revision?: string
  reconcile?: string
  commit?: Commit
  dump?: string[]
  events?: string
  artifact?: string
  delete?: string
}

interface Scenario {
  name: string
  repos: Record<string, Record<string, unknown>[]>
  steps: Step[]
  results: { step: number; value: unknown }[]
}

interface GitServer {
  url: string
  close(): void
  commit(namespace: string, repository: string, commit: Record<string, unknown>): string | undefined
}

/** What Flux words by its temporary directories is worded by what it is about here. */
const OTHER_WORDS = new Set([
  'git include: the target is there already',
  'git sparse: a directory that does not exist, then one that does',
])

const present = existsSync(recordings)
const scenarios: Scenario[] = present ? JSON.parse(readFileSync(recordings, 'utf8')) : []

describe('recorded from the real source-controller', {
  skip: !present && '../shared/conformance is not beside the repository',
}, () => {
  let directory: string
  let server: GitServer
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sluice-recorded-'))
    const servers: { gitServer(root: string): Promise<GitServer> } = await import(new URL('servers.mjs', shared).href)
    server = await servers.gitServer(directory)
  })
  after(async () => {
    server.close()
    await rm(directory, { recursive: true, force: true })
  })

  for (const [index, scenario] of scenarios.entries()) {
    if (!scenario.name.startsWith('git')) continue
    test(scenario.name, async () => {
      const got = await play(scenario, `s${index}`, server)
      for (const { step, value } of scenario.results) {
        const wanted = OTHER_WORDS.has(scenario.name) ? withoutMessages(facts(value)) : facts(value)
        const seen = OTHER_WORDS.has(scenario.name) ? withoutMessages(facts(got.get(step))) : facts(got.get(step))
        assert.deepEqual(seen, wanted, `step ${step}`)
      }
    })
  }
})

async function play(scenario: Scenario, ns: string, git: GitServer): Promise<Map<number, unknown>> {
  const bench = await SourceBench.start()
  const results = new Map<number, unknown>()
  const variables: Record<string, string> = { git: `${git.url}/${ns}`, ns }
  let commits = 0
  const commit = (repository: string, what: Record<string, unknown>) => {
    const hash = git.commit(ns, repository, fill(what, variables))
    if (hash !== undefined) variables[`commit${++commits}`] = hash
  }
  for (const [repository, list] of Object.entries(scenario.repos)) {
    if (list.length === 0) git.commit(ns, repository, { empty: true })
    for (const one of list) commit(repository, one)
  }
  const events = new Map<string, Set<string>>()
  const settle = async (name: string, dueOnly: boolean) => {
    if (!bench.objects.has(name)) return
    if (dueOnly && bench.object(name).status?.observedGeneration === bench.object(name).metadata.generation) return
    await bench.run(name)
    const seen = events.get(name) ?? new Set()
    for (const { severity, reason, message, metadata } of bench.events.splice(0)) {
      seen.add(
        JSON.stringify({ annotations: metadata, message, reason, type: severity === 'error' ? 'Warning' : 'Normal' }),
      )
    }
    events.set(name, seen)
  }
  const settleAll = async () => {
    for (const name of bench.objects.keys()) await settle(name, true)
  }
  let due = false
  for (const [at, given] of scenario.steps.entries()) {
    const step = fill(given, variables)
    const put = (value: unknown) => results.set(at + 1, masked(value, variables, git.url))
    if (step.apply) for (const object of step.apply) apply(bench, object)
    if (step.patch)
      bench.apply(nameOf(step.patch), patched(bench.object(nameOf(step.patch)).spec, step.body?.spec ?? {}))
    const secretsOnly = step.apply?.every(({ kind }) => kind === 'Secret') ?? false
    if (step.patch || (step.apply && !secretsOnly)) due = true
    // A Secret applied right after a change is there before the controller looks.
    else if (due && !secretsOnly) {
      due = false
      await settleAll()
    }
    if (step.commit) commit(step.commit.repo, step.commit)
    if (step.wait && !waitedFor(bench.object(nameOf(step.wait)), step)) await settle(nameOf(step.wait), false)
    if (step.reconcile) {
      bench.request(nameOf(step.reconcile), `run-${at}`)
      await settle(nameOf(step.reconcile), false)
    }
    if (step.delete) {
      await bench.reconciler.finalize(bench.object(nameOf(step.delete)))
      bench.objects.delete(nameOf(step.delete))
    }
    for (const dumped of step.dump ?? []) put(bench.objects.get(nameOf(dumped)) ?? null)
    if (step.events) put([...(events.get(nameOf(step.events)) ?? [])].map(text => JSON.parse(text)))
    if (step.artifact) put(await artifactOf(bench, nameOf(step.artifact)))
  }
  await bench.close()
  return results
}

function apply(
  bench: SourceBench,
  object: KubeObject & { stringData?: Record<string, string>; spec?: GitRepository['spec'] },
): void {
  if (object.kind === 'Secret') bench.secret(object.metadata.name, object.stringData ?? {})
  else if (object.spec) bench.apply(object.metadata.name, object.spec)
}

async function artifactOf(bench: SourceBench, name: string): Promise<unknown> {
  const { artifact } = bench.object(name).status ?? {}
  assert.ok(artifact)
  const tree = await bench.store.tree(artifact)
  const files = [...tree.files()].sort((a, b) => (a.path < b.path ? -1 : 1))
  return files.map(({ path, content, executable }) => ({
    content: tree.fileDigest(path)?.slice(0, 16),
    mode: executable ? '700' : '600',
    path,
    size: content.length,
  }))
}

function waitedFor({ status, metadata }: GitRepository, { ready, revision }: Step): boolean {
  const condition = status?.conditions?.find(({ type }) => type === 'Ready')
  return condition?.status === ready && condition?.observedGeneration === metadata.generation && !revision
}

const nameOf = (reference: string) => reference.split('/')[1] ?? reference

/** A JSON merge patch. */
function patched(spec: GitRepository['spec'], patch: Record<string, unknown>): GitRepository['spec'] {
  const merge = (target: Record<string, unknown>, changes: Record<string, unknown>): Record<string, unknown> => {
    const result = { ...target }
    for (const [key, value] of Object.entries(changes)) {
      const before = result[key]
      if (value === null) delete result[key]
      else if (isRecord(value)) result[key] = merge(isRecord(before) ? before : {}, value)
      else result[key] = value
    }
    return result
  }
  const { url, interval, ...rest } = merge({ ...spec }, patch)
  return { ...rest, url: String(url), interval: String(interval) }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function fill<T>(value: T, variables: Record<string, string>): T {
  return JSON.parse(JSON.stringify(value).replace(/\$\{(\w+)\}/g, (whole, name: string) => variables[name] ?? whole))
}

function masked(value: unknown, variables: Record<string, string>, server: string): unknown {
  let text = JSON.stringify(value ?? null)
  for (const [name, one] of Object.entries(variables)) {
    if (name.startsWith('commit')) text = text.replaceAll(one, `<${name}>`)
  }
  text = text
    .replaceAll(`${server}/${variables.ns}`, '<gitserver>/<ns>')
    .replaceAll(/sha256:[0-9a-f]{64}/g, 'sha256:<hex>')
    .replaceAll(/\b[0-9a-f]{40}\b/g, '<sha1>')
    .replaceAll('/apps/', '/<ns>/')
    .replaceAll("'apps/", "'<ns>/")
    .replaceAll('http://storage/', '<storage>/')
    .replaceAll(/run-(\d+)/g, '<run>-$1')
  return JSON.parse(text)
}

/** Of an object its status, of events the set, without times and sizes; everything else as it is. */
function facts(value: unknown): unknown {
  if (isRecord(value) && 'spec' in value) return timeless(value.status)
  if (!Array.isArray(value)) return value
  const texts = value.map(({ annotations, message, reason, type, ...rest }) => {
    return JSON.stringify(timeless({ ...rest, annotations, message, reason, type }))
  })
  return [...new Set(texts)].sort().map(text => JSON.parse(text))
}

function timeless(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value ?? null, (key, one) => {
      if (key === 'lastTransitionTime' || key === 'lastUpdateTime') return undefined
      return key === 'size' && (one === '<size>' || typeof one === 'number') ? undefined : one
    }),
  )
}

function withoutMessages(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, one) => (key === 'message' ? undefined : one)))
}
