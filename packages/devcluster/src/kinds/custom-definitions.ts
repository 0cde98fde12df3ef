/**
 * CustomResourceDefinitions: defaults, the rules for names and versions, and what may not change. That a definition becomes a
 * served resource is the work of `controllers/custom-definitions.ts`.
 */
import type { KubeObject } from '@sluice/api'
import type { Cause } from '../api-error.ts'
import { invalidValue, required } from '../requests/metadata-validation.ts'
import { sameJson } from '../requests/request.ts'
import { definitionErrors } from '../schema/index.ts'
import { child, ensured, fill, items, strings, text } from './record.ts'
import type { KindStrategy } from './strategy.ts'
import { specChanged, specOf } from './workload-kinds.ts'

export const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io'

export function conditionStatus(object: KubeObject, type: string): string | undefined {
  const found = items(child(object, 'status'), 'conditions').find(c => c.type === type)
  return found && text(found.status)
}

export const customResourceDefinitions: KindStrategy = {
  generation: specChanged,
  needsResourceVersion: true,
  statusMetadata: false,
  defaults(object) {
    const spec = specOf(object)
    const names = ensured(spec, 'names')
    const kind = text(names.kind)
    fill(names, { singular: kind.toLowerCase(), listKind: `${kind}List` })
    const conversion = ensured(spec, 'conversion')
    fill(conversion, { strategy: 'None' })
    const service = child(child(child(conversion, 'webhook'), 'clientConfig'), 'service')
    if (service) fill(service, { port: 443 })
  },
  prepareCreate(object) {
    const versions = items(specOf(object), 'versions')
    const stored = versions.filter(v => v.storage === true).map(v => text(v.name))
    object.status = { conditions: null, acceptedNames: { plural: '', kind: '' }, storedVersions: stored }
  },
  prepareUpdate(object, _live, { subresource }) {
    if (subresource) return
    const status = child(object, 'status') ?? {}
    const storage = items(specOf(object), 'versions').find(v => v.storage === true)
    const stored = strings(status.storedVersions)
    const name = text(storage?.name)
    if (!name || stored.includes(name)) return
    object.status = { ...status, storedVersions: [...stored, name] }
  },
  beginDelete(object) {
    const finalizers = object.metadata.finalizers ?? []
    if (!object.metadata.deletionTimestamp && !finalizers.includes(cleanupFinalizer)) {
      object.metadata.finalizers = [...finalizers, cleanupFinalizer]
    }
    return true
  },
  validate(object, live, { subresource }) {
    if (subresource) return []
    const spec = specOf(object)
    const names = child(spec, 'names')
    const group = text(spec.group)
    const plural = text(names?.plural)
    const out: Cause[] = []
    if (object.metadata.name !== `${plural}.${group}`) {
      out.push(invalidValue('metadata.name', object.metadata.name, 'must be spec.names.plural+"."+spec.group'))
    }
    if (!group) out.push(required('spec.group'))
    else if (!group.includes('.'))
      out.push(invalidValue('spec.group', group, 'should be a domain with at least one dot'))
    if (!text(names?.kind)) out.push(required('spec.names.kind'))
    if (spec.preserveUnknownFields === true && !live) {
      out.push(
        invalidValue(
          'spec.preserveUnknownFields',
          true,
          'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
        ),
      )
    }
    out.push(...definitionErrors(spec))
    if (/(?:^|\.)(?:k8s|kubernetes)\.io$/.test(group)) {
      const approved = object.metadata.annotations?.['api-approved.kubernetes.io'] ?? ''
      if (!approved) {
        out.push(
          required(
            'metadata.annotations[api-approved.kubernetes.io]',
            'protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111',
          ),
        )
      }
    }
    if (live) out.push(...updateCauses(object, live))
    return out
  },
}

function updateCauses(object: KubeObject, live: KubeObject): Cause[] {
  const spec = specOf(object)
  const before = specOf(live)
  const out: Cause[] = []
  const immutable = (path: string, value: unknown, old: unknown) => {
    if (!sameJson(value, old)) out.push(invalidValue(path, value, 'field is immutable'))
  }
  immutable('spec.group', spec.group, before.group)
  immutable('spec.names.plural', child(spec, 'names')?.plural, child(before, 'names')?.plural)
  if (conditionStatus(live, 'Established') === 'True') {
    immutable('spec.scope', spec.scope, before.scope)
    immutable('spec.names.kind', child(spec, 'names')?.kind, child(before, 'names')?.kind)
  }
  const names = items(spec, 'versions').map(v => text(v.name))
  strings(child(object, 'status')?.storedVersions).forEach((stored, i) => {
    if (names.includes(stored)) return
    out.push(
      invalidValue(
        `status.storedVersions[${i}]`,
        stored,
        `missing from spec.versions; ${stored} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${stored} and removes ${stored} from status.storedVersions`,
      ),
    )
  })
  return out
}
