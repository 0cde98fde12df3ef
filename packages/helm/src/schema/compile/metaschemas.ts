/**
 * The metaschemas of the drafts, by address: what schemas themselves are held against. They are read from ajv and
 * ajv-draft-04, the packages that carry them all. Nothing else of these is used: ajv validates in another order and
 * in other words than Helm.
 */
import applicator2019 from 'ajv/dist/refs/json-schema-2019-09/meta/applicator.json' with { type: 'json' }
import content2019 from 'ajv/dist/refs/json-schema-2019-09/meta/content.json' with { type: 'json' }
import core2019 from 'ajv/dist/refs/json-schema-2019-09/meta/core.json' with { type: 'json' }
import format2019 from 'ajv/dist/refs/json-schema-2019-09/meta/format.json' with { type: 'json' }
import metadata2019 from 'ajv/dist/refs/json-schema-2019-09/meta/meta-data.json' with { type: 'json' }
import validation2019 from 'ajv/dist/refs/json-schema-2019-09/meta/validation.json' with { type: 'json' }
import draft2019 from 'ajv/dist/refs/json-schema-2019-09/schema.json' with { type: 'json' }
import applicator2020 from 'ajv/dist/refs/json-schema-2020-12/meta/applicator.json' with { type: 'json' }
import content2020 from 'ajv/dist/refs/json-schema-2020-12/meta/content.json' with { type: 'json' }
import core2020 from 'ajv/dist/refs/json-schema-2020-12/meta/core.json' with { type: 'json' }
import format2020 from 'ajv/dist/refs/json-schema-2020-12/meta/format-annotation.json' with { type: 'json' }
import metadata2020 from 'ajv/dist/refs/json-schema-2020-12/meta/meta-data.json' with { type: 'json' }
import unevaluated2020 from 'ajv/dist/refs/json-schema-2020-12/meta/unevaluated.json' with { type: 'json' }
import validation2020 from 'ajv/dist/refs/json-schema-2020-12/meta/validation.json' with { type: 'json' }
import draft2020 from 'ajv/dist/refs/json-schema-2020-12/schema.json' with { type: 'json' }
import draft6 from 'ajv/dist/refs/json-schema-draft-06.json' with { type: 'json' }
import draft7 from 'ajv/dist/refs/json-schema-draft-07.json' with { type: 'json' }
import draft4 from 'ajv-draft-04/dist/refs/json-schema-draft-04.json' with { type: 'json' }

/** The copies of santhosh-tekuri/jsonschema differ from the published ones in a few keywords. */
function amended(schema: { properties: Record<string, unknown> }, properties: Record<string, unknown>): unknown {
  return { ...schema, properties: { ...schema.properties, ...properties } }
}

const text = { type: 'string' }

const documents = new Map<string, unknown>([
  ['draft-04/schema', amended(draft4, { id: text, $ref: text, format: text })],
  ['draft-06/schema', amended(draft6, { examples: {} })],
  ['draft-07/schema', amended(draft7, { writeOnly: { type: 'boolean' } })],
  ['draft/2019-09/schema', draft2019],
  ['draft/2019-09/meta/core', core2019],
  ['draft/2019-09/meta/applicator', applicator2019],
  ['draft/2019-09/meta/validation', validation2019],
  ['draft/2019-09/meta/meta-data', metadata2019],
  ['draft/2019-09/meta/format', format2019],
  ['draft/2019-09/meta/content', content2019],
  ['draft/2020-12/schema', draft2020],
  ['draft/2020-12/meta/core', core2020],
  ['draft/2020-12/meta/applicator', applicator2020],
  ['draft/2020-12/meta/unevaluated', unevaluated2020],
  ['draft/2020-12/meta/validation', validation2020],
  ['draft/2020-12/meta/meta-data', metadata2020],
  ['draft/2020-12/meta/format-annotation', format2020],
  ['draft/2020-12/meta/content', content2020],
  ['schema', draft2020],
])

/** Undefined for an address of no metaschema. */
export function metaschemaNamed(url: string): unknown {
  const path = /^https?:\/\/json-schema\.org\/(.*)$/.exec(url)?.[1]
  return path === undefined ? undefined : documents.get(path)
}
