/** What the definitions of all kinds of `source.toolkit.fluxcd.io` have in common. */
import { controllers, groups } from '../well-known.ts'

export const sourceKind = {
  group: groups.source,
  categories: ['all', 'fluxcd', 'fluxcd-sources'],
  scope: 'Namespaced',
  component: controllers.source,
} as const
