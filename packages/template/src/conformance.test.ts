/** Held against recordings of Helm 4.1.4: each template went through `tpl` in a chart; `include`, `tpl` and the objects here stand in for a chart's. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { NilMap, sprigFunctions, TemplateError, TemplateSet, typed } from './index.ts'

const recorded = new URL('../../../../shared/conformance/template/cases.json', import.meta.url)

interface Case {
  template: string
  expected?: string
  error?: string
}

class KubeVersion {
  Version = 'v1.33.0'
  Major = '1'
  Minor = '33'
  String(): string {
    return this.Version
  }
}

class Versions extends Array<string> {
  Has(version: unknown): boolean {
    return this.includes(String(version))
  }
}

class HelmVersion {
  static readonly jsonNames = {
    Version: 'version',
    GitCommit: 'git_commit',
    GitTreeState: 'git_tree_state',
    GoVersion: 'go_version',
    KubeClientVersion: 'kube_client_version',
  }
  Version = 'v4.1.4'
  GitCommit = '05fa37973dc9e42b76e1d2883494c87174b6074f'
  GitTreeState = 'clean'
  GoVersion = 'go1.25.9'
  KubeClientVersion = 'v1.35'
}

class Capabilities {
  KubeVersion = new KubeVersion()
  APIVersions: Versions
  HelmVersion = new HelmVersion()

  constructor(versions: readonly string[]) {
    this.APIVersions = new Versions(...versions)
  }
}

/** The versions that Helm takes a cluster without connection to have, read off a recording. */
function versionsIn(cases: readonly Case[]): string[] {
  const listing = cases.find(one => one.expected?.includes('APIVersions = ['))?.expected ?? ''
  return [...(/APIVersions = \[(.*)\]/.exec(listing)?.[1] ?? '').matchAll(/"([^"]+)"/g)].map(match => match[1] ?? '')
}

const chart = {
  APIVersion: 'v2',
  Annotations: new NilMap(),
  AppVersion: '1.0',
  Condition: '',
  Dependencies: [],
  Deprecated: false,
  Description: '',
  Home: '',
  Icon: '',
  IsRoot: true,
  Keywords: [],
  KubeVersion: '',
  Maintainers: [],
  Name: 'c',
  Sources: [],
  Tags: '',
  Type: '',
  Version: '0.1.0',
}

function contextOf(template: string, versions: readonly string[]): Record<string, unknown> {
  return {
    Values: { f: 1.5, false: 3, foo: 'bar', list: ['a', 'b'], map: { k: 'v' } },
    Release: {
      IsInstall: true,
      IsUpgrade: false,
      Name: 'rel',
      Namespace: 'ns',
      Revision: 1n,
      Service: 'Helm',
    },
    Chart: chart,
    Capabilities: new Capabilities(versions),
    Files: new Map([['t.tpl', Buffer.from(template)]]),
    Subcharts: {},
    Template: { Name: 'c/templates/t.yaml', BasePath: 'c/templates' },
  }
}

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const chartFunctions = {
  ...sprigFunctions,
  lookup: typed('string, string, string, string', () => ({})),
  include: typed('string, any', ([name, data], { set }) => set.render(String(name), data)),
  tpl: typed('string, any', ([text, data], { set }) => {
    const copy = set.clone()
    try {
      copy.parse('gotpl', String(text))
    } catch (error) {
      throw new Error(`cannot parse template ${JSON.stringify(text)}: ${message(error)}`, { cause: error })
    }
    try {
      return copy.render('gotpl', data).replaceAll('<no value>', '')
    } catch (error) {
      const words = `error during tpl function execution for ${sprigFunctions.quote?.([text], { set, template: '' })}`
      throw new Error(`${words}: ${message(error)}`, { cause: error })
    }
  }),
}

function outcome({ template }: Case, versions: readonly string[]): Case {
  const set = new TemplateSet({ functions: chartFunctions, missingKey: 'zero' })
  set.parse('c/templates/t.yaml', '   {{ tpl .Text .Data }}')
  try {
    return {
      template,
      expected: set.render('c/templates/t.yaml', { Text: template, Data: contextOf(template, versions) }).slice(3),
    }
  } catch (error) {
    const said = error instanceof TemplateError ? error.failure : undefined
    if (said !== undefined) return { template, error: `Error: execution error at (c/templates/t.yaml:1:6): ${said}` }
    return { template, error: `Error: ${message(error).replace('<tpl .Text .Data>', '<tpl (.Files.Get "t.tpl") .>')}` }
  }
}

/** Recordings of errors hold the end of a long text only. */
function same(wanted: Case, found: Case): boolean {
  if (wanted.error === undefined || found.error === undefined)
    return wanted.expected === found.expected && wanted.error === found.error
  return `${found.error}\n\nUse --debug flag to render out invalid YAML`.endsWith(wanted.error)
}

test('renders what Helm renders', t => {
  if (!existsSync(recorded)) return t.skip('../shared/conformance/template is not beside the repository')
  const cases: Case[] = JSON.parse(readFileSync(recorded, 'utf8'))
  const versions = versionsIn(cases)
  const different = cases.flatMap(wanted => {
    const found = outcome(wanted, versions)
    return same(wanted, found) ? [] : [{ wanted, found }]
  })
  assert.deepEqual(different, [])
})
