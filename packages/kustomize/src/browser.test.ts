import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import vm from 'node:vm'
import { build as bundle } from 'esbuild'
import { build } from './build.ts'
import { memoryTree } from './file-tree.ts'

const files = {
  'base/kustomization.yaml': `resources: [web.yaml]
configMapGenerator:
- name: settings
  literals: [level=info, "größe=1"]
secretGenerator:
- name: login
  literals: [password=geheim-äöü]
`,
  'base/web.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
      - name: main
        image: shop/web:1
        envFrom: [{configMapRef: {name: settings}}]
`,
  'site/kustomization.yaml': `namePrefix: west-
resources: [../base]
images: [{name: shop/web, newTag: "2"}]
patches:
- target: {kind: Deploy.*}
  patch: '[{"op": "add", "path": "/metadata/labels", "value": {"a": "b"}}]'
`,
}

/** What every browser has and the language itself does not. */
const web = { TextEncoder, TextDecoder, atob, btoa, setTimeout, AbortController, AbortSignal }

test('the package runs in a browser: bundled for one, in a context without anything of Node', async () => {
  const { outputFiles } = await bundle({
    stdin: {
      contents: `export { build, memoryTree } from './index.ts'`,
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
    },
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    globalName: 'kustomize',
    logLevel: 'silent',
  })
  const context = vm.createContext({ ...web, files })
  vm.runInContext(outputFiles[0]?.text ?? '', context)
  const inside: unknown = await vm.runInContext(
    `kustomize.build(kustomize.memoryTree(new Map(Object.entries(files))), 'site').then(result => result.text())`,
    context,
  )
  const { process, Buffer, require } = vm.runInContext('globalThis', context)
  assert.deepEqual([process, Buffer, require], [undefined, undefined, undefined])
  assert.equal(inside, (await build(memoryTree(new Map(Object.entries(files))), 'site')).text())
})
