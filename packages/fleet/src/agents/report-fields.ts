/**
 * What an agent may send, described like the resource bodies: a report that does not fit is refused with the place
 * that is wrong.
 */
import type { Heartbeat, StatusReport } from '@sluice/api'
import { badRequest, validationFailed } from '../arm/arm-error.ts'
import { type Acceptance, acceptObject, type Field, isJson, type Json } from '../arm/field.ts'

const text: Field = { type: 'string', nullable: true }
const count: Field = { type: 'integer', min: 0, nullable: true }
const needed: Field = { type: 'string', required: true }

const objectStatus: Field = {
  type: 'object',
  fields: {
    name: needed,
    namespace: { type: 'string', default: '' },
    kind: needed,
    complianceState: {
      type: 'enum',
      values: ['Compliant', 'Non-Compliant', 'Pending', 'Suspended', 'Unknown'],
      default: 'Unknown',
    },
    appliedBy: { type: 'object', nullable: true, fields: { name: needed, namespace: needed } },
    statusConditions: {
      type: 'array',
      nullable: true,
      of: {
        type: 'object',
        fields: { lastTransitionTime: text, message: text, reason: text, status: text, type: text },
      },
    },
    helmReleaseProperties: {
      type: 'object',
      nullable: true,
      fields: {
        lastRevisionApplied: count,
        helmChartRef: { type: 'object', nullable: true, fields: { name: needed, namespace: needed } },
        failureCount: count,
        installFailureCount: count,
        upgradeFailureCount: count,
      },
    },
  },
}

const REPORT: Record<string, Field> = {
  id: needed,
  generation: { type: 'integer', min: 0, required: true },
  provisioningState: { type: 'enum', values: ['Updating', 'Succeeded', 'Failed', 'Deleted'], required: true },
  protectedSettingsStored: { type: 'boolean', nullable: true },
  errorMessage: text,
  fluxConfiguration: {
    type: 'object',
    nullable: true,
    fields: {
      complianceState: {
        type: 'enum',
        values: ['Compliant', 'Non-Compliant', 'Pending', 'Suspended', 'Unknown'],
        required: true,
      },
      sourceSyncedCommitId: text,
      sourceUpdatedAt: text,
      repositoryPublicKey: text,
      statuses: { type: 'array', of: objectStatus, required: true },
    },
  },
  extension: {
    type: 'object',
    nullable: true,
    fields: {
      currentVersion: text,
      statuses: {
        type: 'array',
        required: true,
        of: { type: 'object', fields: { code: needed, displayStatus: text, level: text, message: text, time: text } },
      },
    },
  },
}

const HEARTBEAT: Record<string, Field> = {
  agentVersion: needed,
  kubernetesVersion: needed,
  totalNodeCount: { type: 'integer', min: 0, required: true },
  totalCoreCount: { type: 'integer', min: 0, required: true },
  distribution: needed,
}

/** A report as far as the service reads it. */
export interface AcceptedReport {
  id: string
  generation: number
  provisioningState: StatusReport['provisioningState']
  protectedSettingsStored: boolean
  errorMessage?: string
  fluxConfiguration?: Json
  extension?: Json
}

function checked(fields: Record<string, Field>, body: unknown, target: string): Json {
  if (!isJson(body)) throw badRequest('InvalidRequestContent', 'A JSON object is expected.')
  const to: Acceptance = { apiVersion: '9999', problems: [], secrets: {} }
  const accepted = acceptObject(fields, body, target, to)
  // A newer agent may say more than this service understands.
  const problems = to.problems.filter(problem => problem.code !== 'UnknownProperty')
  if (problems.length > 0) throw validationFailed(problems)
  return accepted
}

function isProvisioningState(value: unknown): value is StatusReport['provisioningState'] {
  return value === 'Updating' || value === 'Succeeded' || value === 'Failed' || value === 'Deleted'
}

function report(accepted: unknown): AcceptedReport {
  const value = isJson(accepted) ? accepted : {}
  const { provisioningState, fluxConfiguration, extension } = value
  return {
    id: String(value.id).toLowerCase(),
    generation: Number(value.generation),
    provisioningState: isProvisioningState(provisioningState) ? provisioningState : 'Updating',
    protectedSettingsStored: value.protectedSettingsStored === true,
    ...(typeof value.errorMessage === 'string' ? { errorMessage: value.errorMessage } : {}),
    ...(isJson(fluxConfiguration) ? { fluxConfiguration } : {}),
    ...(isJson(extension) ? { extension } : {}),
  }
}

/** Throws ARM's 400. */
export function acceptStatusBatch(body: unknown): AcceptedReport[] {
  const batch: Record<string, Field> = {
    reports: { type: 'array', required: true, of: { type: 'object', fields: REPORT } },
  }
  const { reports } = checked(batch, body, '')
  return Array.isArray(reports) ? reports.map(report) : []
}

/** Throws ARM's 400. */
export function acceptHeartbeat(body: unknown): Heartbeat {
  const { agentVersion, kubernetesVersion, totalNodeCount, totalCoreCount, distribution } = checked(HEARTBEAT, body, '')
  return {
    agentVersion: String(agentVersion),
    kubernetesVersion: String(kubernetesVersion),
    totalNodeCount: Number(totalNodeCount),
    totalCoreCount: Number(totalCoreCount),
    distribution: String(distribution),
  }
}
