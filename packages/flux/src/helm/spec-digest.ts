import { createHash } from 'node:crypto'
import type { HelmRelease } from '@sluice/api'
import { goJsonMap, goJsonStruct } from './go-json.ts'
import type { DigestAlgorithm } from './release-settings.ts'

/** Digests of the parts of a spec whose change alone is worth an upgrade; empty for a part that is not there. */
export interface SpecDigests {
  postRenderers: string
  commonMetadata: string
}

export function specDigests({ spec }: HelmRelease, algorithm: DigestAlgorithm = 'sha256'): SpecDigests {
  const { postRenderers, commonMetadata } = spec
  return {
    postRenderers: postRenderers ? digest(`[${postRenderers.map(postRendererJson).join(',')}]`, algorithm) : '',
    commonMetadata: commonMetadata ? digest(commonMetadataJson(commonMetadata), algorithm) : '',
  }
}

/** With the fields in the order of Go's structs, what is empty left out, as helm-controller hashes them. */
function postRendererJson({ kustomize }: NonNullable<HelmRelease['spec']['postRenderers']>[number]): string {
  if (!kustomize) return '{}'
  const { patches = [], images = [] } = kustomize
  return goJsonStruct({
    kustomize: present({
      patches: patches.map(({ patch, target }) => ({
        patch,
        ...(target && {
          target: present({
            group: target.group,
            version: target.version,
            kind: target.kind,
            namespace: target.namespace,
            name: target.name,
            annotationSelector: target.annotationSelector,
            labelSelector: target.labelSelector,
          }),
        }),
      })),
      images: images.map(({ name, newName, newTag, digest: pinned }) => ({
        name,
        ...present({ newName, newTag, digest: pinned }),
      })),
    }),
  })
}

function commonMetadataJson({ annotations, labels }: NonNullable<HelmRelease['spec']['commonMetadata']>): string {
  const fields = Object.entries(present({ annotations, labels }))
  return `{${fields.map(([name, value]) => `"${name}":${goJsonMap(value)}`).join(',')}}`
}

function present(fields: Record<string, unknown>): Record<string, unknown> {
  const isEmpty = (value: unknown) =>
    value === undefined || value === '' || (typeof value === 'object' && value !== null && !Object.keys(value).length)
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !isEmpty(value)))
}

/** The line feed is Go's encoder's. */
const digest = (json: string, algorithm: DigestAlgorithm): string =>
  `${algorithm}:${createHash(algorithm).update(`${json}\n`).digest('hex')}`
