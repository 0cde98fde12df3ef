import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addToGenerator, removeGenerators, setInGenerator } from './edit-generator.ts'

const fileOf = (text: string) => ({ path: 'kustomization.yaml', text })

const written = `configMapGenerator:
# settings
- name: cm
  literals:
  - a=1 # one
  - b=2
- name: cm
  namespace: other
`

describe('generators of a kustomization', () => {
  test('one more', () => {
    const sources = {
      literals: ['k=v'],
      files: ['x=y.txt'],
      envs: ['e.env'],
      type: 'Opaque',
      disableNameSuffixHash: true,
    }
    assert.equal(
      addToGenerator(fileOf(''), 'secret', { name: 's', namespace: 'n' }, sources),
      `secretGenerator:
- envs:
  - e.env
  files:
  - x=y.txt
  literals:
  - k=v
  name: s
  namespace: "n"
  options:
    disableNameSuffixHash: true
  type: Opaque
`,
    )
  })

  test('to one that is there', () => {
    assert.equal(
      addToGenerator(fileOf(written), 'configmap', { name: 'cm' }, { literals: ['c=3'] }),
      written.replace('- b=2\n', '- b=2\n  - c=3\n'),
    )
    assert.throws(
      () => addToGenerator(fileOf(written), 'configmap', { name: 'cm' }, { files: ['x/b'] }),
      /configmap cm illegally repeats the key 'b'/,
    )
  })

  test('other values, another namespace', () => {
    assert.equal(
      setInGenerator(fileOf(written), 'configmap', { name: 'cm', namespace: 'default' }, { literals: ['b=5=6'] }),
      written.replace('b=2', 'b=5=6'),
    )
    assert.equal(
      setInGenerator(fileOf(written), 'configmap', { name: 'cm', namespace: 'other' }, { newNamespace: 'new' }),
      written.replace('namespace: other', 'namespace: new'),
    )
    assert.throws(
      () => setInGenerator(fileOf(written), 'configmap', { name: 'cm' }, { literals: ['x=1'] }),
      /key 'x' not found in configmap 'cm'/,
    )
  })

  test('one less', () => {
    assert.equal(
      removeGenerators(fileOf(written), 'configmap', [{ name: 'cm', namespace: 'other' }]),
      written.replace('- name: cm\n  namespace: other\n', ''),
    )
    assert.throws(() => removeGenerators(fileOf(written), 'secret', [{ name: 'cm' }]), /unable to find secret/)
  })

  test('a secret is not shown in an error', () => {
    assert.throws(
      () => addToGenerator(fileOf(''), 'secret', { name: 's' }, { literals: ['hunter2'] }),
      (error: Error) => !error.message.includes('hunter2') && /expected key=value/.test(error.message),
    )
  })
})
