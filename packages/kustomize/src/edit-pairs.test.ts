import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addPairs, removePairs, setPairs } from './edit-pairs.ts'

const fileOf = (text: string) => ({ path: 'kustomization.yaml', text })

describe('labels and annotations of a kustomization', () => {
  test('an annotation more, with a value that has commas and colons', () => {
    const text = 'commonAnnotations: # all\n  a: b # first\n'
    assert.equal(
      addPairs(fileOf(text), 'annotation', ['c:"d,e"', 'u:http://x,n:1']),
      `${text}  c: d,e\n  u: http://x\n  "n": "1"\n`,
    )
  })

  test('a label is put where labels are', () => {
    assert.equal(addPairs(fileOf('commonLabels:\n  a: b\n'), 'label', ['c:d']), 'commonLabels:\n  a: b\n  c: d\n')
    assert.equal(
      addPairs(fileOf('namespace: x\n'), 'label', ['c:d']),
      'namespace: x\nlabels:\n- includeSelectors: true\n  pairs:\n    c: d\n',
    )
    assert.equal(
      addPairs(fileOf('commonLabels:\n  a: b\n'), 'label', ['c:d'], { withoutSelector: true }),
      'commonLabels:\n  a: b\nlabels:\n- pairs:\n    c: d\n',
    )
    const entries = 'labels:\n- pairs: # shown\n    a: b\n- includeTemplates: true\n  pairs:\n    t: u\n'
    assert.equal(
      addPairs(fileOf(entries), 'label', ['c:d'], { withoutSelector: true, includeTemplates: true }),
      `${entries}    c: d\n`,
    )
    assert.equal(
      addPairs(fileOf(entries), 'label', ['c:d'], { withoutSelector: true }),
      entries.replace('a: b\n', 'a: b\n    c: d\n'),
    )
  })

  test('what is there is set, and added by force only', () => {
    const text = 'labels:\n- pairs:\n    a: b # why\n'
    assert.equal(setPairs(fileOf(text), 'label', ['a:c']), text.replace('b #', 'c #'))
    assert.equal(addPairs(fileOf(text), 'label', ['a:c'], { force: true }), text.replace('b #', 'c #'))
    assert.throws(() => addPairs(fileOf(text), 'label', ['a:c']), /label a already in kustomization file/)
    assert.throws(() => addPairs(fileOf(text), 'label', ['a']), /invalid label: 'a' \(need k:v pair/)
  })

  test('what is taken out leaves nothing empty', () => {
    const text = 'namespace: x\ncommonLabels: {a: b}\nlabels:\n- pairs: {c: d}\n- pairs:\n    e: f\n    g: h\n'
    assert.equal(removePairs(fileOf(text), 'label', ['a', 'c', 'e']), 'namespace: x\nlabels:\n- pairs:\n    g: h\n')
    assert.throws(() => removePairs(fileOf(text), 'annotation', ['a']), /annotation a is not defined/)
    assert.equal(removePairs(fileOf(text), 'annotation', ['a'], { ignoreMissing: true }), text)
  })
})
