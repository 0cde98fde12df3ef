/** `POST serviceaccounts/x/token`: issues a token for the account (authentication.k8s.io/v1 TokenRequest). */
import type { KubeObject } from '@sluice/api'
import { schemaOf } from '@sluice/api/builtin'
import { conflict, invalid, notFound } from '../api-error.ts'
import { child, isJson, number, strings, text } from '../kinds/record.ts'
import { trackUpdate } from '../merge/index.ts'
import type { Api } from '../requests/api.ts'
import { invalidValue } from '../requests/metadata-validation.ts'
import type { Caller, Target } from '../requests/request.ts'
import { type BoundObject, issuer } from './service-account-tokens.ts'

const collections: Readonly<Record<string, string>> = { Pod: '/pods', Secret: '/secrets', Node: '/nodes' }

function boundObject(api: Api, target: Target, reference: ReturnType<typeof child>): BoundObject | undefined {
  if (!reference) return undefined
  const kind = text(reference.kind)
  const name = text(reference.name)
  const collection = collections[kind]
  if (!collection) {
    throw invalid({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, '', [
      invalidValue(
        'spec.boundObjectRef',
        reference,
        `cannot bind token for serviceaccount "${target.name}" to object of kind ${kind}`,
      ),
    ])
  }
  const found = api.find(collection, kind === 'Node' ? '' : target.namespace, name)
  const of = { group: '', resource: collection.slice(1) }
  if (!found) throw notFound(of, name)
  const uid = text(reference.uid)
  if (uid && uid !== found.metadata.uid) {
    throw conflict(
      of,
      name,
      `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    )
  }
  return { kind, name, uid: found.metadata.uid ?? '' }
}

export function requestToken(api: Api, target: Target, body: unknown, caller: Caller): KubeObject {
  const account = api.find('/serviceaccounts', target.namespace, target.name)
  if (!account) throw notFound({ group: '', resource: 'serviceaccounts' }, target.name)
  const spec = isJson(body) ? (child(body, 'spec') ?? {}) : {}
  const seconds = spec.expirationSeconds === undefined ? 3600 : number(spec.expirationSeconds)
  const refuse = (why: string) =>
    invalid({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, '', [
      invalidValue('spec.expirationSeconds', seconds, why),
    ])
  if (seconds < 600) throw refuse('may not specify a duration less than 10 minutes')
  if (seconds > 2 ** 32) throw refuse('may not specify a duration larger than 2^32 seconds')
  const given = strings(spec.audiences)
  const audiences = given.length ? given : [issuer]
  const reference = child(spec, 'boundObjectRef')
  const bound = boundObject(api, target, reference)
  const now = api.clock()
  const subject = {
    namespace: target.namespace,
    name: target.name,
    uid: account.metadata.uid ?? '',
    ...(bound ? { bound } : {}),
  }
  const request: KubeObject = {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: {
      name: target.name,
      namespace: target.namespace,
      uid: account.metadata.uid ?? '',
      creationTimestamp: api.now(),
    },
    spec: {
      ...(given.length ? { audiences: given } : {}),
      expirationSeconds: seconds,
      ...(reference ? { boundObjectRef: reference } : {}),
    },
  }
  const { metadata } = trackUpdate({
    schema: schemaOf(request.apiVersion, request.kind),
    live: undefined,
    baseline: { kind: request.kind, apiVersion: request.apiVersion, metadata: { name: '' }, spec: {} },
    updated: request,
    manager: caller.defaultManager,
    apiVersion: request.apiVersion,
    subresource: 'token',
    time: api.now(),
  })
  return {
    ...request,
    metadata,
    spec: { audiences, expirationSeconds: seconds, boundObjectRef: reference ?? null },
    status: {
      token: api.tokens.issue(subject, audiences, seconds, now),
      expirationTimestamp: `${new Date(now + seconds * 1000).toISOString().slice(0, 19)}Z`,
    },
  }
}
