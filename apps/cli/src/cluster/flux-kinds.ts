/**
 * The kinds that in-cluster commands know, with the words `flux` has for them. One line here gives a kind `get`, `reconcile`, `suspend` and
 * `resume`.
 */
import {
  bucket,
  gitRepository,
  helmChart,
  helmRelease,
  helmRepository,
  type KindDefinition,
  kustomization,
  ociRepository,
} from '@sluice/api'

export interface FluxKind {
  definition: KindDefinition
  /** What the commands take, the first of them shown: `git`, `kustomization`. */
  words: readonly [string, ...string[]]
  /** Sources are named behind the word `source`. */
  source: boolean
  /** How messages name one: `source git`, `kustomization`. */
  label: string
}

const source = (definition: KindDefinition, word: string): FluxKind => ({
  definition,
  words: [word],
  source: true,
  label: `source ${word}`,
})

export const fluxKinds: readonly FluxKind[] = [
  source(gitRepository, 'git'),
  source(ociRepository, 'oci'),
  source(bucket, 'bucket'),
  source(helmRepository, 'helm'),
  source(helmChart, 'chart'),
  { definition: helmRelease, words: ['helmrelease', 'hr', 'helmreleases'], source: false, label: 'helmrelease' },
  {
    definition: kustomization,
    words: ['kustomization', 'ks', 'kustomizations'],
    source: false,
    label: 'kustomization',
  },
]

export const sourceKinds = fluxKinds.filter(kind => kind.source)
export const appKinds = fluxKinds.filter(kind => !kind.source)

export function fluxKindOf(kind: string): FluxKind | undefined {
  return fluxKinds.find(({ definition }) => definition.kind === kind)
}
