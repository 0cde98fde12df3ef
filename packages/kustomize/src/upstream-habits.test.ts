/** Habits of the real tool that nobody would guess, each found by comparing with it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type BuildOptions, build } from './build.ts'
import { memoryTree } from './file-tree.ts'

async function text(files: Record<string, string>, path: string, options: BuildOptions = {}): Promise<string> {
  return (await build(memoryTree(new Map(Object.entries(files))), path, options)).text()
}

const pod = 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  nodeName: a\n'
const withPod = (kustomization: string) => ({
  'app/kustomization.yaml': `resources: [pod.yaml]\n${kustomization}`,
  'app/pod.yaml': pod,
})

describe('patches', () => {
  test('one that replaces at the root of an object changes nothing', async () => {
    const patch = 'apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n$patch: replace\nspec: {nodeName: b}\n'
    assert.equal(await text(withPod(`patches: [{patch: ${JSON.stringify(patch)}}]\n`), 'app'), pod)
  })

  test('what begins as JSON must be JSON', async () => {
    const files = withPod(`patches: [{target: {kind: Pod}, patch: '[{op: add, path: /spec/x, value: 1}]'}]\n`)
    await assert.rejects(text(files, 'app'), /unable to parse SM or JSON patch from \[patch: "\[\{op: add/)
    const yaml = withPod(`patches: [{target: {kind: Pod}, patch: '- {op: add, path: /spec/x, value: 1}'}]\n`)
    assert.match(await text(yaml, 'app'), /x: 1/)
  })

  test('one that says nothing, or what is no patch, is shown', async () => {
    const told = (patch: string) => text(withPod(`patches: [{target: {kind: Pod}, patch: '${patch}'}]\n`), 'app')
    const config = 'trouble configuring builtin PatchTransformer with config: `\n'
    await assert.rejects(told(''), {
      message: `${config}target:\n  kind: Pod\n\`: must specify one of patch and path in\ntarget:\n  kind: Pod\n`,
    })
    await assert.rejects(told('a: ['), {
      message: `${config}patch: 'a: ['\ntarget:\n  kind: Pod\n\`: unable to parse SM or JSON patch from [patch: "a: ["]`,
    })
  })

  test('an object that lost its name or kind is refused in the end', async () => {
    const remove = (path: string) => `patches: [{target: {kind: Pod}, patch: '- {op: remove, path: ${path}}'}]\n`
    await assert.rejects(text(withPod(remove('/metadata/name')), 'app'), /missing metadata\.name in object/)
    await assert.rejects(text(withPod(remove('/kind')), 'app'), /missing kind in object/)
  })
})

describe('the kustomization file', () => {
  test('of a field in two spellings the one that comes last in the order of bytes counts', async () => {
    assert.match(await text(withPod('nameprefix: low-\nnamePrefix: camel-\n'), 'app'), /name: low-web/)
  })

  test('an unknown buildMetadata says nothing', async () => {
    assert.equal(await text(withPod('buildMetadata: [foo]\n'), 'app'), pod)
  })

  test('of a value of the wrong type its place is told, with the innermost type', async () => {
    const told = (fields: string) => text(withPod(fields), 'app')
    await assert.rejects(
      told('images: [{name: a, newTag: 1}]\n'),
      /number into Go struct field Image\.images\.newTag of/,
    )
    await assert.rejects(
      told('replicas: [{name: web, count: 9223372036854775808}]\n'),
      /Replica\.replicas\.count of type int64/,
    )
    await assert.rejects(
      told('replicas: [{name: web, count: 1.5}]\n'),
      /cannot unmarshal number 1\.5 into Go struct field/,
    )
  })

  test('what is wrong with plugins is told as what it is for', async () => {
    const told = (fields: string) => text(withPod(fields), 'app')
    const foo = '["{apiVersion: builtin, kind: Foo, metadata: {name: x}}"]'
    await assert.rejects(told(`generators: ${foo}\n`), {
      message: 'loading generator plugins: failed to load generator: unable to load builtin Foo.builtin.[noGrp]',
      file: 'app/kustomization.yaml',
    })
    await assert.rejects(told(`transformers: ${foo}\n`), { message: 'unable to load builtin Foo.builtin.[noGrp]' })
    await assert.rejects(told('generators: [gone]\n'), /^KustomizeError: loading generator plugins: accumulation err=/)
    await assert.rejects(told('validators: [gone]\n'), /^KustomizeError: accumulation err=/)
    await assert.rejects(
      told(`patches: [{target: {kind: "P("}, patch: "- {op: remove, path: /a}"}]\n`),
      /^KustomizeError: error parsing regexp: missing closing \): /,
    )
  })

  test('ends with its first document, whatever follows', async () => {
    const files = { 'app/kustomization.yaml': '{"resources": ["pod.yaml"]}\n}\n', 'app/pod.yaml': pod }
    assert.equal(await text(files, 'app'), pod)
  })
})

test('a directive and a file of definitions that is none are refused', async () => {
  const files = { ...withPod(''), 'app/pod.yaml': `%YAML 1.1\n---\n${pod}` }
  await assert.rejects(text(files, 'app'), /MalformedYAMLError: yaml: line 1: did not find expected <document start>/)
  const crds = { ...withPod('crds: [c.yaml]\n'), 'app/c.yaml': 'foo\n' }
  await assert.rejects(text(crds, 'app'), /loading CRDs \[c.yaml\]: .* cannot unmarshal string/)
})

describe('null', () => {
  const foo = 'apiVersion: x/v1\nkind: Foo\nmetadata:\n  name: a\nspec:\n  list:\n  - null\n  - b\n  none: null\n'
  const files = (fields: string) => ({ 'app/kustomization.yaml': `resources: [a.yaml]\n${fields}`, 'app/a.yaml': foo })

  test('an item of a list may be null', async () => {
    assert.equal(await text(files(''), 'app'), foo)
    const patch = 'apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [null]}\n'
    assert.match(await text(withPod(`patches: [{patch: ${JSON.stringify(patch)}}]\n`), 'app'), /containers: \[\]/)
  })

  test('a null takes no text of a replacement', async () => {
    for (const path of ['spec.none', 'spec.list.0', 'spec.list.*']) {
      const targets = `[{select: {kind: Foo}, fieldPaths: ['${path}']}]`
      const fields = `replacements: [{source: {kind: Foo, fieldPath: metadata.name}, targets: ${targets}}]\n`
      await assert.rejects(text(files(fields), 'app'), /cannot put 'a' where the target holds null/)
    }
  })
})

test('lists that vars are put into hold texts only', async () => {
  const object = 'apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{args: [3, $(A)]}]}\n'
  const fields = 'resources: [p.yaml]\nvars: [{name: A, objref: {kind: Pod, name: p, apiVersion: v1}}]\n'
  await assert.rejects(text({ 'app/kustomization.yaml': fields, 'app/p.yaml': object }, 'app'), {
    message:
      "considering field 'spec/containers/args' of object Pod.v1.[noGrp]/p.[noNs]: visit traversal on path: [args]: invalid value type expect a string",
  })
})

describe('what stands twice', () => {
  test('of annotations the last one counts, whatever else comes twice is refused', async () => {
    const twice = (where: string) => ({
      'app/kustomization.yaml': 'resources: [a.yaml]\n',
      'app/a.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  ${where}:\n    a: "1"\n    a: "2"\n`,
    })
    assert.match(await text(twice('annotations'), 'app'), /annotations:\n {4}a: "2"\n/)
    await assert.rejects(text(twice('labels'), 'app'), /mapping key "a" already defined/)
  })

  test('an empty first document is the whole kustomization file; an error in a later one is nobody’s', async () => {
    const files = (file: string) => ({ 'app/kustomization.yaml': file, 'app/pod.yaml': pod })
    await assert.rejects(text(files('# a\n---\n---\nresources: [pod.yaml]\n'), 'app'), /kustomization\.yaml is empty/)
    assert.equal(await text(files('---\nresources: [pod.yaml]\n---\n- a\nb: c\n'), 'app'), pod)
  })
})

test('the mark of a document is none when it is indented', async () => {
  const files = withPod('')
  await assert.rejects(text({ ...files, 'app/pod.yaml': `  ---\n${pod}` }, 'app'), /mapping values are not allowed/)
})

test('references are looked for in objects that cannot have them, and refused there', async () => {
  const role =
    'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: r}\nrules: [resourceNames]\n'
  const files = { 'app/kustomization.yaml': 'resources: [r.yaml]\n', 'app/r.yaml': role }
  await assert.rejects(text(files, 'app'), /rules\/resourceNames.*expected sequence or mapping node/)
})

describe('plugins', () => {
  test('numbers and booleans become texts where texts are wanted', async () => {
    const plugin = `apiVersion: builtin
kind: AnnotationsTransformer
metadata: {name: any}
annotations: {a: true, b: 42, c: 1.50}
fieldSpecs: [{path: metadata/annotations, create: true}]
`
    const built = await text({ ...withPod('transformers: [t.yaml]\n'), 'app/t.yaml': plugin }, 'app')
    assert.match(built, /a: "true"\n {4}b: "42"\n {4}c: "1\.5"/)
    await assert.rejects(text(withPod('commonAnnotations: {a: true}\n'), 'app'), /cannot unmarshal bool/)
  })

  test('a namespace goes into texts only', async () => {
    const plugin = `apiVersion: builtin
kind: NamespaceTransformer
metadata: {name: any, namespace: new}
fieldSpecs: [{path: spec}]
`
    await assert.rejects(
      text({ ...withPod('transformers: [t.yaml]\n'), 'app/t.yaml': plugin }, 'app'),
      /namespace field specs must target scalar nodes: considering field 'spec' of object Pod.*expected ScalarNode/s,
    )
  })
})

test('an object without namespace is in none that a replacement could name', async () => {
  const files = {
    'app/kustomization.yaml': `resources: [pod.yaml, role.yaml]
replacements:
- source: {kind: Pod, name: web}
  targets:
  - select: {kind: ClusterRole, namespace: default}
    fieldPaths: [metadata.labels.pod]
    options: {create: true}
`,
    'app/pod.yaml': pod,
    'app/role.yaml': 'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: r\n',
  }
  assert.doesNotMatch(await text(files, 'app', { version: '5.7' }), /labels/)
})

describe('a schema of a component', () => {
  const schema = {
    definitions: {
      Spec: { properties: { template: { $ref: '#/definitions/io.k8s.api.core.v1.PodTemplateSpec' } } },
      App: {
        properties: { spec: { $ref: '#/definitions/Spec' } },
        'x-kubernetes-group-version-kind': [{ group: 'example.com', version: 'v1', kind: 'App' }],
      },
    },
  }
  const app = (spec: object) =>
    JSON.stringify({ apiVersion: 'example.com/v1', kind: 'App', metadata: { name: 'a' }, spec: { template: { spec } } })
  const component = {
    'part/kustomization.yaml': `apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
openapi: {path: schema.json}
patches: [{path: patch.yaml}]
`,
    'part/schema.json': JSON.stringify(schema),
    'part/patch.yaml': app({ containers: [{ name: 'c', image: 'new' }] }),
    'base/a.yaml': app({ containers: [{ name: 'c', args: ['x'] }] }),
    'base/kustomization.yaml': 'resources: [a.yaml]\n',
  }

  test('finds the built-in types that were wanted before it was named', async () => {
    const files = { ...component, 'app/kustomization.yaml': 'resources: [../base]\ncomponents: [../part]\n' }
    assert.match(await text(files, 'app'), /- args:\n +- x\n +image: new\n +name: c\n/)
  })

  test('stands alone when it is named first', async () => {
    const files = {
      ...component,
      'app/kustomization.yaml': `resources: [../base]
openapi: {path: schema.json}
patches: [{path: patch.yaml}]
`,
      'app/schema.json': component['part/schema.json'],
      'app/patch.yaml': component['part/patch.yaml'],
    }
    assert.match(await text(files, 'app'), /containers:\n +- image: new\n +name: c\n/)
  })
})

describe('scalars', () => {
  const deployment = (replicas: string) => ({
    'app/kustomization.yaml': 'resources: [a.yaml]\nreplicas: [{name: a, count: 5}]\n',
    'app/a.yaml': `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  replicas: ${replicas}\n`,
  })

  test('a count of replicas in quotes stays in quotes', async () => {
    assert.match(await text(deployment('"2"'), 'app'), /replicas: "5"\n/)
    assert.match(await text(deployment('2'), 'app'), /replicas: 5\n/)
    assert.match(await text(deployment('null'), 'app'), /replicas: 5\n/)
  })

  test('an object without a version has none in the quotes of the patch', async () => {
    const files = (object: string, patch: string) => ({
      'app/kustomization.yaml': 'resources: [a.yaml]\npatches: [{target: {kind: Foo}, path: p.yaml}]\n',
      'app/a.yaml': `${object}\nkind: Foo\nmetadata: {name: a}\n`,
      'app/p.yaml': `${patch}\nkind: Foo\nmetadata: {name: x}\nspec: {b: 1}\n`,
    })
    assert.match(await text(files('', ''), 'app'), /^apiVersion: null\n/)
    assert.match(await text(files('', 'apiVersion: ""'), 'app'), /^apiVersion: ""\n/)
    assert.match(await text(files('apiVersion: null', 'apiVersion: ""'), 'app'), /^apiVersion: null\n/)
    assert.match(await text(files('apiVersion: ""', ''), 'app'), /^apiVersion: ""\n/)
  })

  test('a folded text grows before a line that is indented more, also where the file ends', async () => {
    const file = 'apiVersion: v1\nkind: Foo\nmetadata: {name: a}\nspec: >\n  a\n    b\n'
    const files = { 'app/kustomization.yaml': 'resources: [a.yaml]\n', 'app/a.yaml': file }
    assert.match(await text(files, 'app'), /spec: \|\n {2}a\n\n {4}b\n/)
  })

  test('namespaces of subjects are texts however they are written, and nothing else', async () => {
    const binding = (namespace: string) => ({
      'app/kustomization.yaml': 'resources: [a.yaml]\nnamespace: nn\nnamePrefix: p-\n',
      'app/a.yaml': `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: a}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
subjects:
- kind: ServiceAccount
  name: default
  namespace: nn
- kind: ServiceAccount
  name: other
  namespace: >
    a
      b
- kind: ServiceAccount
  name: default
  namespace: ${namespace}
`,
    })
    assert.match(await text(binding('x'), 'app'), /name: p-a/)
    await assert.rejects(
      text(binding('[]'), 'app'),
      /^\w+: setting namespace on \(cluster\)role binding subjects: wrong/,
    )
  })
})

test('a field of a configuration names no item of a list, and not everything', async () => {
  const files = (path: string) => ({
    ...withPod('commonAnnotations: {x: yy}\nconfigurations: [c.yaml]\n'),
    'app/c.yaml': `commonAnnotations: [{path: '${path}'}]\n`,
  })
  await assert.rejects(text(files('spec/*'), 'app'), /fieldName: \*: wildcard is not supported/)
  await assert.rejects(text(files('spec/-1'), 'app'), /fieldName: -1: array index -1 cannot be negative/)
  await assert.rejects(text(files('spec/0'), 'app'), /fieldName: 0: wrong node kind: expected SequenceNode/)
})
