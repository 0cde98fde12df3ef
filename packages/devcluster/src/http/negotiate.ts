/** `Accept`: in which form a client wants its answer (apiserver `handlers/negotiation`). */
import { failure } from '../api-error.ts'

export interface Form {
  media: 'json' | 'yaml'
  /** A transformation asked for by the clause's parameters. */
  as?: 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList'
  /** The version of the transformed kind, `v1` or `v1beta1`. */
  version: string
  pretty: boolean
}

interface Clause {
  type: string
  parameters: Map<string, string>
  quality: number
}

function clauses(header: string): Clause[] {
  return header
    .split(',')
    .map(part => {
      const [type = '', ...rest] = part.split(';').map(s => s.trim())
      const parameters = new Map<string, string>()
      for (const parameter of rest) {
        const equals = parameter.indexOf('=')
        if (equals > 0) parameters.set(parameter.slice(0, equals).trim(), parameter.slice(equals + 1).trim())
      }
      return { type: type.toLowerCase(), parameters, quality: Number(parameters.get('q') ?? 1) }
    })
    .filter(c => c.type !== '' && c.quality > 0)
    .sort((a, b) => b.quality - a.quality)
}

const medias: Readonly<Record<string, Form['media']>> = {
  'application/json': 'json',
  'application/yaml': 'yaml',
  'application/*': 'json',
  '*/*': 'json',
}

function formOf({ type, parameters }: Clause): Form | undefined {
  const media = medias[type]
  if (!media) return undefined
  const form: Form = { media, version: 'v1', pretty: parameters.get('pretty') === '1' }
  const as = parameters.get('as')
  if (as === undefined) return form
  const version = parameters.get('v') ?? ''
  if (parameters.get('g') !== 'meta.k8s.io' || (version !== 'v1' && version !== 'v1beta1')) return undefined
  if (as !== 'Table' && as !== 'PartialObjectMetadata' && as !== 'PartialObjectMetadataList') return undefined
  return { ...form, as, version }
}

const json: Form = { media: 'json', version: 'v1', pretty: false }
const known = new Map<string, Form>()

/** Throws 406 when nothing that is asked for can be had. */
export function negotiated(accept: string | undefined, custom = false): Form {
  if (!accept || accept === 'application/json' || accept === '*/*') return json
  const cached = known.get(accept)
  if (cached) return cached
  for (const clause of clauses(accept)) {
    const form = formOf(clause)
    if (!form) continue
    if (known.size < 1000) known.set(accept, form)
    return form
  }
  throw failure(
    406,
    'NotAcceptable',
    `only the following media types are accepted: application/json, application/yaml${custom ? '' : ', application/vnd.kubernetes.protobuf'}`,
  )
}
