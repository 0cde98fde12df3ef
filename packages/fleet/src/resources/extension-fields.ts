/**
 * The body of `Microsoft.KubernetesConfiguration/extensions`: names, types, defaults and the api-version each
 * appeared in.
 */
import type { Field, StringField } from '../arm/field.ts'
import { namespaceProblem } from './name-rules.ts'

const text: StringField = { type: 'string', nullable: true }
const readOnly = (field: Field): Field => ({ ...field, readOnly: true })
const textMap: Field = { type: 'map', of: { type: 'string' }, nullable: true }

export const EXTENSION_ENVELOPE_FIELDS: Record<string, Field> = {
  identity: {
    type: 'object',
    nullable: true,
    fields: {
      type: { type: 'enum', values: ['SystemAssigned'], default: 'SystemAssigned' },
      principalId: readOnly(text),
      tenantId: readOnly(text),
    },
  },
  plan: {
    type: 'object',
    nullable: true,
    since: '2022-11-01',
    fields: {
      name: { type: 'string', required: true },
      publisher: { type: 'string', required: true },
      product: { type: 'string', required: true },
      promotionCode: text,
      version: text,
    },
  },
  managedBy: { type: 'string', nullable: true, since: '2025-03-01' },
  /** `az` sends the cluster's location; the resource has none. */
  location: { type: 'string', readOnly: true },
}

export const EXTENSION_FIELDS: Record<string, Field> = {
  extensionType: { type: 'string', required: true },
  autoUpgradeMinorVersion: { type: 'boolean', default: true },
  autoUpgradeMode: {
    type: 'enum',
    values: ['none', 'patch', 'compatible'],
    default: 'compatible',
    since: '2025-03-01',
  },
  releaseTrain: { type: 'string', default: 'Stable' },
  version: text,
  scope: {
    type: 'object',
    nullable: true,
    fields: {
      cluster: {
        type: 'object',
        nullable: true,
        fields: { releaseNamespace: { type: 'string', nullable: true, check: namespaceProblem } },
      },
      namespace: {
        type: 'object',
        nullable: true,
        fields: { targetNamespace: { type: 'string', nullable: true, check: namespaceProblem } },
      },
    },
  },
  configurationSettings: textMap,
  configurationProtectedSettings: { type: 'map', of: { type: 'string' }, nullable: true, secret: true },
  aksAssignedIdentity: {
    type: 'object',
    nullable: true,
    fields: {
      type: { type: 'enum', values: ['SystemAssigned', 'UserAssigned', { value: 'Workload', since: '2025-03-01' }] },
      principalId: readOnly(text),
      tenantId: readOnly(text),
      objectId: { type: 'string', nullable: true, since: '2025-03-01' },
      clientId: { type: 'string', nullable: true, since: '2025-03-01' },
      resourceId: { type: 'string', nullable: true, since: '2025-03-01' },
    },
  },
  statuses: readOnly({ type: 'any' }),
  currentVersion: readOnly({ ...text, since: '2022-11-01' }),
  /** Gone since 2022-11-01, still sent by older clients. */
  installedVersion: readOnly({ type: 'string' }),
  provisioningState: readOnly(text),
  errorInfo: readOnly({ type: 'any' }),
  customLocationSettings: readOnly(textMap),
  packageUri: readOnly(text),
  isSystemExtension: readOnly({ type: 'boolean', default: false, since: '2022-11-01' }),
  managementDetails: readOnly({ type: 'any', since: '2025-03-01' }),
  additionalDetails: readOnly({ type: 'any', since: '2025-03-01' }),
  extensionState: readOnly({ type: 'string', since: '2025-03-01' }),
}
