/**
 * The formats that schemas can ask of strings: what is wrong with a text, in the words of
 * santhosh-tekuri/jsonschema 6. Every text has a format that is not among them.
 */
import { patternProblem } from '../pattern.ts'
import { date } from './date.ts'
import { duration } from './duration.ts'
import { email } from './email.ts'
import type { Format } from './format.ts'
import { hostname } from './hostname.ts'
import { ipv4, ipv6 } from './ip-address.ts'
import { period } from './period.ts'
import { jsonPointer, relativePointer } from './pointer.ts'
import { semver } from './semver.ts'
import { dateTime, time } from './time.ts'
import { uri, uriReference, uriTemplate } from './uri.ts'
import { uuid } from './uuid.ts'

export const formats = new Map<string, Format>([
  ['json-pointer', jsonPointer],
  ['relative-json-pointer', relativePointer],
  ['uuid', uuid],
  ['duration', duration],
  ['period', period],
  ['ipv4', ipv4],
  ['ipv6', ipv6],
  ['hostname', hostname],
  ['email', email],
  ['date', date],
  ['time', time],
  ['date-time', dateTime],
  ['uri', uri],
  ['iri', uri],
  ['uri-reference', uriReference],
  ['iri-reference', uriReference],
  ['uri-template', uriTemplate],
  ['semver', semver],
  ['regex', patternProblem],
])
