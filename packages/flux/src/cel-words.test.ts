import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileCel } from './cel.ts'

const operands = "'.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}"

test('what cannot be read is told as Go tells it', () => {
  const told: Record<string, string> = {
    'a b': "1:3: Syntax error: extraneous input 'b' expecting <EOF>\n | a b\n | ..^",
    'a)': "1:2: Syntax error: extraneous input ')' expecting <EOF>\n | a)\n | .^",
    '1 +': `1:4: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', ${operands}\n | 1 +\n | ...^`,
    'a == ': `1:6: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', ${operands}\n | a == \n | .....^`,
    '(a': "1:3: Syntax error: missing ')' at '<EOF>'\n | (a\n | ..^",
    '[1,2': "1:5: Syntax error: mismatched input '<EOF>' expecting {']', ','}\n | [1,2\n | ....^",
    'a ? b': "1:6: Syntax error: mismatched input '<EOF>' expecting ':'\n | a ? b\n | .....^",
    'dep..': "1:5: Syntax error: no viable alternative at input '..'\n | dep..\n | ....^",
    'a.x = 1':
      "1:5: Syntax error: token recognition error at: '= '\n | a.x = 1\n | ....^\n" +
      "ERROR: <input>:1:7: Syntax error: extraneous input '1' expecting <EOF>\n | a.x = 1\n | ......^",
    "a.x === 'y'": "1:7: Syntax error: token recognition error at: '= '\n | a.x === 'y'\n | ......^",
    'f(': `1:3: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', ')', ${operands}\n | f(\n | ..^`,
  }
  for (const [text, words] of Object.entries(told)) {
    const message = `failed to parse the CEL expression '${text}': ERROR: <input>:${words}`
    assert.throws(() => compileCel(text), { name: 'CelError', message })
  }
})

test('what cannot be evaluated is told as Go tells it', () => {
  const values = { status: { a: 'x', list: [1], m: {} } }
  const told: Record<string, string> = {
    'status.ready': 'no such key: ready',
    'data.spec.v == 1': 'no such attribute(s): data.spec.v',
    'data.m["x"] == 1': 'no such attribute(s): data.m.x',
    'data.conditions.exists(c, c.type == "Ready")': 'no such attribute(s): data.conditions',
    'size(data.a)': 'no such attribute(s): data.a',
    'status.list[5] == 1': 'index out of bounds: 5',
    'status.a > 5': 'no such overload',
  }
  for (const [text, words] of Object.entries(told)) {
    const message = `failed to evaluate the CEL expression '${text}': ${words}`
    assert.throws(() => compileCel(text).evaluate(values), { name: 'CelError', message })
  }
})
