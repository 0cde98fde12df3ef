/**
 * Compiles schemas: reads that of a document and all that it leads to, so that a bad reference is told even where
 * no value comes to it. What the compiler throws is HelmError in the words of santhosh-tekuri/jsonschema 6.
 */
import { goQuote } from '@sluice/template'
import { HelmError } from '../../helm-error.ts'
import { isTable } from '../../value-table.ts'
import { Budget } from '../budget.ts'
import { escaped } from '../json-pointer.ts'
import { problemLines } from '../problem.ts'
import { Schema } from '../schema.ts'
import { validate } from '../validate/validate.ts'
import { metaschemaUrls } from './draft.ts'
import { KeywordValues, type SchemaFinder } from './keyword-values.ts'
import { metaschemaNamed } from './metaschemas.ts'
import { readKeywords } from './read-keywords.ts'
import { decodedFragment, resolved, schemasAreNotFetched, splitFragment } from './reference.ts'
import { SchemaDocument } from './schema-document.ts'

/** The schema that a document is as a whole; `url` is what its references are relative to. */
export function compileSchema(url: string, content: unknown): Schema {
  const compiler = new SchemaCompiler()
  compiler.add(url, content)
  return compiler.compile(url)
}

/** Metaschemas are compiled once for all schemas, and their formats count whatever the draft says. */
let metaschemas: SchemaCompiler | undefined

class SchemaCompiler {
  private readonly documents = new Map<string, SchemaDocument>()
  /** By address. */
  private readonly schemas = new Map<string, Schema>()
  /** Schemas whose keywords are still to be read. */
  private readonly unread: { schema: Schema; document: SchemaDocument; pointer: string }[] = []
  private readonly assertsFormats: boolean

  constructor(assertsFormats = false) {
    this.assertsFormats = assertsFormats
  }

  add(url: string, content: unknown): SchemaDocument {
    const document = new SchemaDocument(url, content)
    this.documents.set(url, document)
    this.check(document, '')
    return document
  }

  compile(url: string): Schema {
    const root = this.schemaAt(this.document(url), '')
    // What is read asks for more to be read.
    for (const { schema, document, pointer } of this.unread) this.read(schema, document, pointer)
    this.unread.length = 0
    return root
  }

  private document(url: string): SchemaDocument {
    const known = this.documents.get(url)
    if (known) return known
    const metaschema = metaschemaNamed(url)
    if (metaschema !== undefined) return this.add(url, metaschema)
    // Helm takes what it cannot resolve there for a schema that everything keeps.
    if (url.startsWith('urn:')) return this.add(url, true)
    throw schemasAreNotFetched(url)
  }

  /** Holds a schema against the metaschema of its draft. */
  private check(document: SchemaDocument, pointer: string): void {
    if (metaschemaNamed(document.url) !== undefined) return
    const url = metaschemaUrls[document.resourceOf(pointer).draft]
    metaschemas ??= new SchemaCompiler(true)
    const problems = validate(metaschemas.compile(url), document.at(pointer), new Budget())
    if (problems.length === 0) return
    const failure = `jsonschema validation failed with '${url}#'\n${problemLines(problems).join('\n')}`
    throw new HelmError(`${goQuote(document.address(pointer))} is not valid against metaschema: ${failure}`)
  }

  private schemaAt(document: SchemaDocument, pointer: string): Schema {
    const location = document.address(pointer)
    const known = this.schemas.get(location)
    if (known) return known
    if (document.include(pointer)) this.check(document, pointer)
    const resource = document.resourceOf(pointer)
    const schema = new Schema(location, resource.draft)
    // Before the resource is asked for, which may lead here again.
    this.schemas.set(location, schema)
    this.unread.push({ schema, document, pointer })
    if (resource.pointer !== pointer) schema.resource = this.schemaAt(document, resource.pointer)
    return schema
  }

  private read(schema: Schema, document: SchemaDocument, pointer: string): void {
    const content = document.at(pointer)
    const { anchors, dynamicAnchors } = document.resourceOf(pointer)
    if (schema.resource === schema && schema.draft >= 2020) {
      for (const anchor of dynamicAnchors) {
        const at = anchors.get(anchor)
        if (at !== undefined) schema.dynamicAnchors.set(anchor, this.schemaAt(document, at))
      }
    }
    if (typeof content === 'boolean') schema.always = content
    if (!isTable(content)) return
    if (Object.keys(content).length === 0) schema.always = true
    else {
      const values = new KeywordValues(content, this.finder(document, pointer))
      const { draft, location } = schema
      Object.assign(schema, readKeywords({ values, draft, location }, this.assertsFormats))
    }
  }

  private finder(document: SchemaDocument, pointer: string): SchemaFinder {
    return {
      inside: (...steps) => this.schemaAt(document, pointer + steps.map(step => `/${escaped(step)}`).join('')),
      referred: reference => {
        const [path, fragment] = splitFragment(reference)
        const anchor = decodedFragment(fragment)
        const url = resolved(path, document.resourceOf(pointer).id)
        const own = document.resourceNamed(url)
        if (own) return this.schemaAt(document, document.pointerFor(anchor, own))
        const other = this.document(url)
        return this.schemaAt(other, other.pointerFor(anchor, other.resourceOf('')))
      },
    }
  }
}
