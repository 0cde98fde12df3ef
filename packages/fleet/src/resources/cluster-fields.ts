/**
 * The body of a connected (or managed) cluster: the parts of `Microsoft.Kubernetes/connectedClusters` that a
 * self-hosted service keeps.
 */
import { readPublicKey } from '../agents/agent-access.ts'
import type { Field, StringField } from '../arm/field.ts'

const text: StringField = { type: 'string', nullable: true }
const readOnly = (field: Field): Field => ({ ...field, readOnly: true })
const free: Field = { type: 'map', of: { type: 'any' }, nullable: true }

function publicKeyProblem(value: string): string | undefined {
  const key = readPublicKey(value)
  return typeof key === 'string' ? key : undefined
}

export const CLUSTER_ENVELOPE_FIELDS: Record<string, Field> = {
  location: { type: 'string', required: true },
  tags: { type: 'map', of: { type: 'string' }, nullable: true },
  kind: { type: 'enum', values: ['ProvisionedCluster'], nullable: true },
  identity: {
    type: 'object',
    nullable: true,
    fields: {
      type: { type: 'enum', values: ['SystemAssigned', 'None'], default: 'SystemAssigned' },
      principalId: readOnly(text),
      tenantId: readOnly(text),
    },
  },
}

export const CLUSTER_FIELDS: Record<string, Field> = {
  agentPublicKeyCertificate: { type: 'string', required: true, check: publicKeyProblem },
  distribution: text,
  distributionVersion: text,
  infrastructure: text,
  privateLinkState: { type: 'enum', values: ['Enabled', 'Disabled'], nullable: true },
  privateLinkScopeResourceId: text,
  azureHybridBenefit: { type: 'enum', values: ['True', 'False', 'NotApplicable'], nullable: true },
  aadProfile: free,
  arcAgentProfile: free,
  securityProfile: free,
  oidcIssuerProfile: free,
  gateway: free,
  arcAgentryConfigurations: { type: 'array', of: { type: 'any' }, nullable: true },
  provisioningState: readOnly(text),
  connectivityStatus: readOnly(text),
  lastConnectivityTime: readOnly(text),
  agentVersion: readOnly(text),
  kubernetesVersion: readOnly(text),
  totalNodeCount: readOnly({ type: 'integer', min: 0 }),
  totalCoreCount: readOnly({ type: 'integer', min: 0 }),
  offering: readOnly(text),
  managedIdentityCertificateExpirationTime: readOnly(text),
  miscellaneousProperties: readOnly(free),
}
