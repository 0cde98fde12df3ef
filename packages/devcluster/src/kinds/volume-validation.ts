/** Validation of PersistentVolumes and of what claims ask for (apiserver `core/validation`). */
import type { Cause } from '../api-error.ts'
import { parseQuantity } from '../go-types/quantity.ts'
import { forbiddenField, invalidValue, nameProblems, required, unsupported } from '../requests/metadata-validation.ts'
import { child, type Json, strings, text } from './record.ts'

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']

/** In the order in which more than one is refused. */
const sources =
  `hostPath gcePersistentDisk awsElasticBlockStore glusterfs flocker nfs rbd quobyte cephfs iscsi cinder fc flexVolume
  azureFile vsphereVolume photonPersistentDisk portworxVolume azureDisk scaleIO local storageos csi`.split(/\s+/)

function modeCauses(spec: Json): Cause[] {
  const modes = strings(spec.accessModes)
  const out: Cause[] = modes
    .filter(mode => !accessModes.includes(mode))
    .map(mode => unsupported('spec.accessModes', mode, accessModes))
  if (modes.includes('ReadWriteOncePod') && modes.length > 1) {
    out.push(forbiddenField('spec.accessModes', 'may not use ReadWriteOncePod with other access modes'))
  }
  return out
}

const isPositive = (quantity: unknown) => (parseQuantity(String(quantity))?.nanos ?? 1n) > 0n

function classCauses(spec: Json): Cause[] {
  const name = text(spec.storageClassName)
  const problems = name ? nameProblems(name, 'subdomain') : []
  return problems.map(problem => invalidValue('spec.storageClassName', name, problem))
}

function volumeModeCauses(spec: Json): Cause[] {
  const modes = ['Block', 'Filesystem']
  return spec.volumeMode === undefined || modes.includes(text(spec.volumeMode))
    ? []
    : [unsupported('spec.volumeMode', spec.volumeMode, modes)]
}

export function claimCauses(spec: Json): Cause[] {
  const out: Cause[] = []
  if (strings(spec.accessModes).length === 0) {
    out.push(required('spec.accessModes', 'at least 1 access mode is required'))
  }
  out.push(...modeCauses(spec))
  const wanted = child(child(spec, 'resources'), 'requests')?.storage
  if (wanted === undefined) out.push(required('spec.resources[storage]'))
  else if (!isPositive(wanted)) {
    out.push(invalidValue('spec.resources[storage]', wanted, 'must be greater than zero'))
  }
  return [...out, ...classCauses(spec), ...volumeModeCauses(spec)]
}

export function volumeCauses(spec: Json): Cause[] {
  const out: Cause[] = []
  if (strings(spec.accessModes).length === 0) out.push(required('spec.accessModes'))
  out.push(...modeCauses(spec))
  const capacity = child(spec, 'capacity')
  if (!capacity) out.push(required('spec.capacity'))
  if (capacity?.storage === undefined || Object.keys(capacity).length > 1) {
    out.push(unsupported('spec.capacity', capacity ?? null, ['storage']))
  }
  for (const [name, quantity] of Object.entries(capacity ?? {})) {
    if (!isPositive(quantity)) out.push(invalidValue(`spec.capacity[${name}]`, quantity, 'must be greater than zero'))
  }
  const policy = text(spec.persistentVolumeReclaimPolicy)
  const policies = ['Delete', 'Recycle', 'Retain']
  if (policy && !policies.includes(policy)) {
    out.push(unsupported('spec.persistentVolumeReclaimPolicy', policy, policies))
  }
  const [first, ...others] = sources.filter(source => child(spec, source))
  if (!first) out.push(required('spec', 'must specify a volume type'))
  for (const source of others) out.push(forbiddenField(`spec.${source}`, 'may not specify more than 1 volume type'))
  if (first === 'local' && !child(spec, 'nodeAffinity')) {
    out.push(required('spec.nodeAffinity', 'Local volume requires node affinity'))
  }
  if (policy === 'Recycle' && child(spec, 'hostPath')?.path === '/') {
    const why = "may not be 'recycle' for a hostPath mount of '/'"
    out.push(forbiddenField('spec.persistentVolumeReclaimPolicy', why))
  }
  return [...out, ...classCauses(spec), ...volumeModeCauses(spec)]
}
