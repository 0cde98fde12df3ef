/** What the builder makes, and that the static types are the ones that the schemas say. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { array, boolean, integer, map, object, required, type Static, string } from './schema.ts'
import { violations } from './violations.ts'

const pet = object(
  'A pet.',
  {
    name: required(string('What it is called.', { minLength: 1, maxLength: 5 })),
    species: string('What it is.', { enum: ['cat', 'dog'], default: 'cat' }),
    version: string('Any text.', { default: '*' }),
    legs: integer('How many.', { minimum: 0, maximum: 4 }),
    tame: boolean('Whether it bites.'),
    born: string('When.', { format: 'date-time' }),
    toys: array('What it plays with.', object('A toy.', { id: required(string('Which.')) }), {
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['id'],
      maxItems: 3,
    }),
    tags: map('Facts.', string('A fact.', { pattern: '^[a-z]+$' })),
  },
  { rules: [{ rule: 'self.legs != 3', message: 'must not have three legs' }] },
)

type Pet = Static<typeof pet>

describe('static types', () => {
  test('required fields are, enums narrow, defaults do not', () => {
    const least: Pet = { name: 'Tom' }
    const full: Pet = { name: 'Tom', species: 'dog', version: '1', legs: 4, toys: [{ id: 'a' }], tags: { a: 'b' } }
    // @ts-expect-error: name is missing
    const nameless: Pet = { legs: 4 }
    // @ts-expect-error: a cow is neither cat nor dog
    const cow: Pet = { name: 'Elsa', species: 'cow' }
    assert.equal([least, full, nameless, cow].length, 4)
  })
})

describe('the node of an object', () => {
  test('names its required fields and its rules', () => {
    assert.deepEqual(pet.node.required, ['name'])
    assert.deepEqual(pet.node['x-kubernetes-validations'], [
      { rule: 'self.legs != 3', message: 'must not have three legs' },
    ])
    assert.deepEqual(pet.node.properties?.species, {
      type: 'string',
      description: 'What it is.',
      enum: ['cat', 'dog'],
      default: 'cat',
    })
  })
})

describe('violations', () => {
  const cases: [unknown, string[]][] = [
    [{ name: 'Tom', species: 'dog', legs: 4, tame: true, born: '2020-01-01T00:00:00Z', toys: [], tags: {} }, []],
    [{ name: 'Tom', tame: undefined }, []],
    [[], [' must be an object, not array']],
    [{}, ['name is required']],
    [{ name: '' }, ['name must not be empty']],
    [{ name: 'Thomas' }, ['name must have at most 5 characters']],
    [{ name: '🐈🐈🐈🐈🐈' }, []],
    [{ name: 1 }, ['name must be a string, not number']],
    [{ name: null }, ['name must be a string, not null']],
    [{ name: 'T', species: 'cow' }, ['species must be one of cat, dog']],
    [{ name: 'T', legs: 3.5 }, ['legs must be an integer, not number']],
    [{ name: 'T', legs: 5 }, ['legs must be at most 4']],
    [{ name: 'T', born: 'yesterday' }, ['born must be a date and time, 2006-01-02T15:04:05Z']],
    [{ name: 'T', tags: { a: 'B' } }, ['tags.a must match ^[a-z]+$']],
    [{ name: 'T', toys: [{}] }, ['toys[0].id is required']],
    [{ name: 'T', toys: [{ id: 'a' }, { id: 'a' }] }, ['toys[1] has the same id as an item before']],
    [{ name: 'T', toys: 'abcd'.split('').map(id => ({ id })) }, ['toys must have at most 3 items']],
    [{ name: 'T', Legs: 1 }, ['Legs is not a field; did you mean legs?']],
    [
      { name: 'T', constructor: 1 },
      ['constructor is not a field; there are name, species, version, legs, tame, born, toys, tags'],
    ],
  ]
  for (const [value, expected] of cases) {
    test(JSON.stringify(value), () => {
      assert.deepEqual(
        violations(pet.node, value).map(({ path, message }) => `${path} ${message}`),
        expected,
      )
    })
  }
})
