/** Request bodies: collected up to the server's limit, then read as JSON or YAML by their content type. */
import type { IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import { parseFirst, YamlError } from '@sluice/yaml'
import { badRequest, failure } from '../api-error.ts'
import { DecodeError } from '../go-types/decode-json.ts'
import { decodeEnvelope } from '../go-types/decode-protobuf.ts'
import { JsonSyntaxError, scanJson, syntaxProblem } from '../go-types/json-scan.ts'
import type { PatchType } from '../requests/request.ts'

export type Request = IncomingMessage | Http2ServerRequest

const limit = 3 * 1024 * 1024

const tooLarge = () => failure(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${limit}`)

/** Throws 413. */
export function collect(req: Request): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    req.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > limit) {
        req.removeAllListeners('data')
        req.resume()
        reject(tooLarge())
        return
      }
      chunks.push(chunk)
    })
    req.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)))
    req.on('error', reject)
    req.on('aborted', () => reject(badRequest('the request was aborted')))
  })
}

const mediaTypeOf = (header: string | undefined) => (header ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''

const bodyTypes = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf']

const unknownFormat = (accepted: readonly string[]) =>
  failure(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  )

const unrecognised = (kind: string, why: string, text: string) => {
  const first = text.trimStart().startsWith('{') ? text.slice(0, 30) : Buffer.from(text).subarray(0, 30).toString('hex')
  return badRequest(
    `the object provided is unrecognized (must be of type ${kind}): ${why} (${text ? `${first}${text.length > 30 ? ' ...' : ''}` : '<empty>'})`,
  )
}

function parseYaml(text: string): unknown {
  return parseFirst(text, { duplicateKeys: 'last' })
}

/** The body of POST, PUT and DELETE. Throws 400 or 415. */
export function readObject(
  bytes: Buffer,
  contentType: string | undefined,
  { apiVersion, kind, custom }: { apiVersion: string; kind: string; custom: boolean },
  findings: { duplicates: string[] } = { duplicates: [] },
): unknown {
  const type = mediaTypeOf(contentType)
  const text = bytes.toString()
  if (type === '' || type === 'application/json') {
    try {
      findings.duplicates = scanJson(text).duplicates
      return JSON.parse(text)
    } catch (error) {
      if (!(error instanceof JsonSyntaxError)) throw error
      throw unrecognised(kind, `couldn't get version/kind; json parse error: ${error.message}`, text)
    }
  }
  if (type === 'application/yaml') {
    try {
      return parseYaml(text)
    } catch (error) {
      throw unrecognised(kind, messageOf(error), text)
    }
  }
  if (type === 'application/vnd.kubernetes.protobuf' && !custom) {
    try {
      const object = decodeEnvelope(bytes, { apiVersion, kind })
      if (object) return object
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      throw unrecognised(kind, error.message, text)
    }
    throw badRequest('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]')
  }
  throw unknownFormat(custom ? bodyTypes.slice(0, 2) : bodyTypes)
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

const patchTypes: Readonly<Record<string, PatchType>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
}

/** Throws 415. */
export function patchTypeOf(contentType: string | undefined, custom: boolean): PatchType {
  const type = patchTypes[mediaTypeOf(contentType)]
  if (type && !(custom && type === 'strategic')) return type
  const accepted = Object.keys(patchTypes).filter(t => !custom || patchTypes[t] !== 'strategic')
  throw unknownFormat(accepted)
}

/** Throws 400. */
export function readPatch(bytes: Buffer, type: PatchType): unknown {
  const text = bytes.toString()
  if (type !== 'apply') {
    try {
      return JSON.parse(text)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      throw badRequest(`error decoding patch: ${syntaxProblem(text)}`)
    }
  }
  if (text.startsWith('{')) {
    try {
      return JSON.parse(text)
    } catch {
      // Flow-style YAML also begins with a brace; the YAML reader decides.
    }
  }
  try {
    return parseYaml(text)
  } catch (error) {
    if (error instanceof YamlError) throw badRequest(`error decoding YAML: ${error.message}`)
    throw error
  }
}
