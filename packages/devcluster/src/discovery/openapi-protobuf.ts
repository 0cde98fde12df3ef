/**
 * The OpenAPI v2 document in gnostic's protobuf form, the only one that Go clients ask for: kubectl falls back to it for what
 * the v3 documents do not tell (lists, kinds it does not know). Only what clients read is written.
 */
type Json = Record<string, unknown>

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const records = (value: unknown): [string, Json][] =>
  isJson(value) ? Object.entries(value).flatMap(([k, v]) => (isJson(v) ? [[k, v] as [string, Json]] : [])) : []
const strings = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [])

function varint(value: number): number[] {
  const out: number[] = []
  let rest = value
  while (rest > 127) {
    out.push((rest & 127) | 128)
    rest = Math.floor(rest / 128)
  }
  out.push(rest)
  return out
}

/** A length-delimited field; nothing for an absent one. */
function field(number: number, content: Buffer | string | undefined): Buffer {
  if (content === undefined) return empty
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  return Buffer.concat([Buffer.from([...varint(number * 8 + 2), ...varint(bytes.length)]), bytes])
}

const empty = Buffer.alloc(0)
const flag = (number: number, value: unknown) => (value === true ? Buffer.from([...varint(number * 8), 1]) : empty)
const text = (number: number, value: unknown) => field(number, typeof value === 'string' ? value : undefined)
const join = Buffer.concat

/** `NamedX`: a name and a value. */
const named = (name: string, value: Buffer) => join([field(1, name), field(2, value)])

const any = (value: unknown) => field(2, JSON.stringify(value))

function extensions(number: number, of: Json): Buffer {
  return join(
    Object.entries(of)
      .filter(([key]) => key.startsWith('x-'))
      .map(([key, value]) => field(number, named(key, any(value)))),
  )
}

function schema(of: Json): Buffer {
  const { additionalProperties, items, properties, type } = of
  return join([
    text(1, of.$ref),
    text(2, of.format),
    text(4, of.description),
    ...strings(of.required).map(name => field(19, name)),
    additionalProperties === undefined
      ? empty
      : field(
          21,
          isJson(additionalProperties) ? field(1, schema(additionalProperties)) : flag(2, additionalProperties),
        ),
    typeof type === 'string' ? field(22, field(1, type)) : empty,
    isJson(items) ? field(23, field(1, schema(items))) : empty,
    isJson(properties)
      ? field(25, join(records(properties).map(([name, property]) => field(1, named(name, schema(property))))))
      : empty,
    extensions(31, of),
  ])
}

function parameter(of: Json): Buffer {
  const isBody = of.in === 'body'
  if (isBody) {
    const body = join([
      text(2, of.name),
      text(3, of.in),
      flag(4, of.required),
      isJson(of.schema) ? field(5, schema(of.schema)) : empty,
    ])
    return field(1, field(1, body))
  }
  const isPath = of.in === 'path'
  const shared = [flag(1, of.required), text(2, of.in), text(4, of.name)]
  const parts = isPath ? [...shared, text(5, of.type)] : [...shared, text(6, of.type)]
  return field(1, field(2, field(isPath ? 4 : 3, join(parts))))
}

function operation(of: Json): Buffer {
  const parameters = Array.isArray(of.parameters) ? of.parameters.filter(isJson) : []
  const responses = records(of.responses).map(([code, response]) =>
    field(1, named(code, field(1, text(1, response.description ?? '')))),
  )
  return join([
    text(5, of.operationId),
    ...strings(of.consumes).map(type => field(7, type)),
    ...parameters.map(p => field(8, parameter(p))),
    field(9, join(responses)),
    extensions(13, of),
  ])
}

const methods: readonly [string, number][] = [
  ['get', 2],
  ['put', 3],
  ['post', 4],
  ['delete', 5],
  ['patch', 8],
]

function pathItem(of: Json): Buffer {
  return join(
    methods.map(([method, number]) => {
      const found = of[method]
      return isJson(found) ? field(number, operation(found)) : empty
    }),
  )
}

/** The bytes of a swagger 2.0 document. */
export function openApiV2Protobuf(document: Json): Buffer {
  const info = isJson(document.info) ? document.info : {}
  return join([
    text(1, document.swagger),
    field(2, join([text(1, info.title), text(2, info.version)])),
    field(8, join(records(document.paths).map(([path, item]) => field(2, named(path, pathItem(item)))))),
    field(
      9,
      join(records(document.definitions).map(([name, definition]) => field(1, named(name, schema(definition))))),
    ),
  ])
}
