/**
 * Broken kustomizations by the thousand: pieces of good ones, cut, doubled, swapped and spoilt. Whatever they are, a build gives text or a KustomizeError. The
 * environment variable SLUICE_FUZZ says how many, SLUICE_FUZZ_SEED which ones; with it the run also fails when one input takes over a second of processor time.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { build } from './build.ts'
import { memoryTree } from './file-tree.ts'
import { KustomizeError } from './kustomize-error.ts'
import { boundedLayerCache } from './layer-cache.ts'

const good: Record<string, string> = {
  'kustomization.yaml': `resources: [a.yaml, b]
components: [c]
namePrefix: p-
nameSuffix: -s
namespace: one
labels:
- pairs: {app: web}
  includeSelectors: true
- pairs: {tier: "1"}
  includeTemplates: true
commonAnnotations: {note: text}
images:
- name: nginx
  newName: registry.example.com/nginx
  digest: sha256:0123
- name: app
  newTag: "2"
replicas: [{name: web, count: 3}]
patches:
- target: {kind: Deploy.*, name: w.b, labelSelector: "app in (web, x),!no"}
  patch: |
    - op: replace
      path: /spec/template/spec/containers/0/image
      value: other:1
    - {op: test, path: /kind, value: Deployment}
    - {op: move, from: /metadata/labels/app, path: /metadata/labels/b~1c}
- path: patch.yaml
- patch: |
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: settings}
    $patch: delete
configMapGenerator:
- name: made
  literals: [a=b, 'c="d"']
  files: [k=file.txt]
  envs: [file.env]
secretGenerator:
- name: hidden
  behavior: create
  literals: [password=x]
  type: Opaque
generatorOptions: {disableNameSuffixHash: false, labels: {g: h}, immutable: true}
replacements:
- source: {kind: ConfigMap, name: made, fieldPath: data.a}
  targets:
  - select: {kind: Deployment}
    reject: [{name: no.*}]
    fieldPaths: ["spec.template.spec.containers.[name=main].env.0.value", metadata.annotations.x]
    options: {create: true, delimiter: "/", index: 1}
`,
  'a.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: &l {app: web}
  annotations: {config.kubernetes.io/local-config: "false"}
spec:
  selector: {matchLabels: *l}
  template:
    metadata: {labels: {<<: *l, x: y}}
    spec:
      containers:
      - name: main
        image: nginx:1.0
        ports: [{containerPort: 80, protocol: TCP}, {containerPort: 80, protocol: UDP}]
        env: [{name: A, value: "$(V)"}]
        envFrom: [{configMapRef: {name: made}}]
      volumes: [{name: v, secret: {secretName: hidden}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data:
  text: |+
    one
     two

  folded: >-
    three
    four
  json: '{"a": [1, 2.50, 0x1F, ~]}'
---
apiVersion: v1
kind: List
items:
- {apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: rb}, subjects: [{kind: ServiceAccount, name: default, namespace: x}], roleRef: {kind: Role, name: r, apiGroup: rbac.authorization.k8s.io}}
- {apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}
`,
  'patch.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: null
  template:
    spec:
      containers:
      - name: side
        image: app
      - $patch: delete
        name: main
      $setElementOrder/containers: [{name: side}]
`,
  'b/kustomization.yaml': `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [r.yaml]
vars:
- name: V
  objref: {apiVersion: v1, kind: Secret, name: s}
  fieldref: {fieldPath: metadata.name}
configurations: [conf.yaml]
crds: [crd.json]
openapi: {path: schema.json}
transformers:
- |
  apiVersion: builtin
  kind: PrefixTransformer
  metadata: {name: t}
  prefix: t-
  fieldSpecs: [{path: metadata/name}]
patchesJson6902:
- target: {version: v1, kind: Secret, name: s}
  patch: '[{"op": "add", "path": "/metadata/labels", "value": {}}]'
patchesStrategicMerge:
- "{apiVersion: v1, kind: Secret, metadata: {name: s}, data: {x: eA==}}"
sortOptions: {order: legacy, legacySortOptions: {orderFirst: [Secret], orderLast: [Namespace]}}
buildMetadata: [originAnnotations, transformerAnnotations, managedByLabel]
`,
  'b/r.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: b}\n',
  'b/conf.yaml': `nameReference:
- kind: Secret
  fieldSpecs: [{path: spec/secret/name, kind: Thing, create: true}]
commonLabels: [{path: spec/labels, create: true}]
varReference: [{path: data/x, kind: ConfigMap}]
`,
  'b/crd.json': `{"a.Thing": {"Schema": {"properties": {"kind": {}, "apiVersion": {}, "metadata": {}, "spec": {"$ref": "a.Thing", "x-kubernetes-object-ref-api-version": "v1", "x-kubernetes-object-ref-kind": "Secret"}}}}}`,
  'b/schema.json': `{"definitions": {"t": {"properties": {"spec": {"$ref": "#/definitions/t"}, "l": {"type": "array", "items": {"$ref": "#/definitions/t"}, "x-kubernetes-patch-merge-key": "name", "x-kubernetes-patch-strategy": "merge"}}, "x-kubernetes-group-version-kind": [{"group": "apps", "version": "v1", "kind": "Deployment"}]}}}`,
  'c/kustomization.yaml': `apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
configMapGenerator: [{name: made, behavior: merge, literals: [z=1]}]
generators: [g.yaml]
`,
  'c/g.yaml':
    'apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: n}\nname: plugged\nliterals: [a=b]\n---\n{}\n',
  'file.txt': 'äöü\n\ttext\n',
  'file.env': '# comment\nA=b\nC\n',
}

const paths = Object.keys(good)
/** What is put in where it does not belong. */
const words = [
  ...[
    '__proto__',
    'constructor',
    'null',
    '~',
    '""',
    '{}',
    '[]',
    '1e999',
    '-0',
    '0x7fffffffffffffffff',
    '.nan',
    '$patch',
  ],
  ...[
    'replace',
    'merge',
    'delete',
    '$retainKeys',
    '*l',
    '&l',
    '<<: *l',
    '!!binary',
    '!!str',
    '? ',
    '- ',
    ': ',
    '\t',
    '\n',
  ],
  ...[
    '---\n',
    '...\n',
    '%YAML 1.1\n',
    '\u0000',
    '\ufeff',
    '\u2028',
    '\ud800',
    '𝒳',
    '../',
    'https://x/y',
    '(a+)+$',
    '[a-z',
    '.*',
  ],
  ...[
    '{'.repeat(40),
    '['.repeat(700),
    '- '.repeat(60),
    'a: {b: '.repeat(30),
    "'",
    '"',
    '|\n',
    '>-\n',
    '# ',
    'kind: List\nitems:\n',
  ],
  ...paths,
]

/** Mulberry32: which input a number means is the same everywhere. */
function randomOf(seed: number): (below: number) => number {
  let state = seed >>> 0
  return below => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

type Random = (below: number) => number

const pick = <T>(random: Random, list: readonly T[], otherwise: T): T => list[random(list.length)] ?? otherwise

function spoilt(text: string, random: Random): string {
  const lines = text.split('\n')
  const at = random(lines.length)
  const line = lines[at] ?? ''
  switch (random(10)) {
    case 0:
      lines.splice(at, 1 + random(3))
      break
    case 1:
      lines.splice(at, 0, ...lines.slice(at, at + 1 + random(4)))
      break
    case 2:
      lines.splice(at, 1, pick(random, lines, ''))
      break
    case 3:
      lines[at] = ' '.repeat(random(5)) + line.trimStart()
      break
    case 4:
      lines[at] = line.replace(/: .*/, `: ${pick(random, words, '')}`)
      break
    case 5: {
      const place = random(line.length + 1)
      lines[at] = line.slice(0, place) + pick(random, words, '') + line.slice(place)
      break
    }
    case 6:
      lines[at] = line.slice(0, random(line.length + 1))
      break
    case 7: {
      const other = (good[pick(random, paths, '')] ?? '').split('\n')
      const from = random(other.length)
      lines.splice(at, random(2), ...other.slice(from, from + 1 + random(6)))
      break
    }
    case 8:
      lines[at] = line.replace(/[A-Za-z]+/, pick(random, text.match(/[$\w-]+/g) ?? [], 'x'))
      break
    default: {
      const place = random(line.length + 1)
      lines[at] = line.slice(0, place) + String.fromCodePoint(random(0x250)) + line.slice(place + random(2))
    }
  }
  return lines.join('\n')
}

function input(seed: number): Record<string, string> {
  const random = randomOf(seed)
  const files = { ...good }
  for (let count = 1 + random(4); count > 0; count -= 1) {
    const path = pick(random, paths, '')
    const text = files[path]
    if (text !== undefined) files[path] = spoilt(text, random)
  }
  if (random(20) === 0) delete files[pick(random, paths, '')]
  return files
}

const wanted = process.env.SLUICE_FUZZ
const count = Number(wanted ?? 2000)
const first = Number(process.env.SLUICE_FUZZ_SEED ?? 1)

test(`${count} spoilt kustomizations are built or refused`, async context => {
  const layers = boundedLayerCache(1_000_000)
  let [built, slowest, slowestSeed] = [0, 0, 0]
  for (let seed = first; seed < first + count; seed += 1) {
    const files = memoryTree(new Map(Object.entries(input(seed))))
    const began = process.threadCpuUsage()
    try {
      // Every third through kept layers, which must not break it either.
      ;(await build(files, '', seed % 3 === 0 ? { layers } : {})).text()
      built += 1
    } catch (error) {
      const text = error instanceof Error ? error.stack : String(error)
      assert.ok(error instanceof KustomizeError, `SLUICE_FUZZ=1 SLUICE_FUZZ_SEED=${seed}: ${text}`)
    }
    const took = process.threadCpuUsage(began).user / 1000
    if (took > slowest) [slowest, slowestSeed] = [took, seed]
  }
  context.diagnostic(`${built} built; the slowest, SLUICE_FUZZ_SEED=${slowestSeed}, took ${slowest.toFixed(1)} ms`)
  if (wanted !== undefined) assert.ok(slowest < 1000, `SLUICE_FUZZ_SEED=${slowestSeed} took ${slowest} ms`)
  assert.ok(count < 100 || built > count / 100, `only ${built} of ${count} were built: the good kustomization is none`)
})

test('the kustomization that is spoilt is a good one', async () => {
  const { objects } = await build(memoryTree(new Map(Object.entries(good))), '')
  assert.ok(objects.length > 5)
})
