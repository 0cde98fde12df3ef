/**
 * Feature gates, with the names that Flux's controllers have. One that is taken does what Flux's does; one that cannot
 * be followed is refused, and one that changes nothing here is said to.
 */
const FOLLOWED = [
  'AdditiveCELDependencyCheck',
  'AllowDNSLookups',
  'CancelHealthCheckOnNewRevision',
  'CorrectDrift',
  'DefaultToRetryOnFailure',
  'DetectDrift',
  'DisableChartDigestTracking',
  'DisableConfigWatchers',
  'ExternalArtifact',
  'OOMWatch',
  'UseHelm3Defaults',
] as const

/** Why each is the same on and off. */
const INERT: Readonly<Record<string, string>> = {
  AdoptLegacyReleases: 'no release is adopted by the status of v2beta1, as in Flux since 2.8',
  CacheSecretsAndConfigMaps: 'Secrets and ConfigMaps are read when they are needed',
  DirectSourceFetch: 'sources are followed by watches, which are never behind for long',
  DisableStatusPollerCache: 'the health of objects is watched, not polled',
}

/** Gates of Flux that cannot be switched here, and what holds instead. */
const REFUSED: Readonly<Record<string, { always: boolean; why: string }>> = {
  DisableFailFastBehavior: { always: false, why: 'health checks end with the first object that failed' },
  GroupChangeLog: { always: false, why: 'changes are told object by object' },
  MigrateAPIVersion: { always: false, why: 'managed fields keep the version they have' },
  ObjectLevelWorkloadIdentity: { always: false, why: 'workload identity is not in this version' },
  StrictPostBuildSubstitutions: { always: true, why: 'variables that are not set fail' },
}

export type FeatureGate = (typeof FOLLOWED)[number]

export const FEATURE_GATES: readonly string[] = FOLLOWED

export interface FeatureGates {
  /** Those that were named, on or off. */
  set: ReadonlyMap<FeatureGate, boolean>
  /** Of gates that change nothing: a sentence each. */
  notes: readonly string[]
}

export const noFeatureGates: FeatureGates = { set: new Map(), notes: [] }

/** `Name=true,Other=false`, on top of what was said before: the last word about a gate counts. Throws Error. */
export function parseFeatureGates(text: string, before: FeatureGates = noFeatureGates): FeatureGates {
  const set = new Map(before.set)
  const notes = [...before.notes]
  for (const word of text.split(',').filter(each => each.trim() !== '')) {
    const [name = '', value = 'true'] = word.split('=').map(part => part.trim())
    if (!/^(true|false)$/i.test(value)) throw new Error(`${name} must be true or false, not "${value}".`)
    const isOn = value.toLowerCase() === 'true'
    const gate = FOLLOWED.find(one => one === name)
    const inert = Object.hasOwn(INERT, name) ? INERT[name] : undefined
    const refused = Object.hasOwn(REFUSED, name) ? REFUSED[name] : undefined
    if (gate) set.set(gate, isOn)
    else if (inert) notes.push(`feature gate ${name} changes nothing: ${inert}`)
    else if (!refused) throw new Error(`feature-gate '${name}' not supported. Supported are ${FOLLOWED.join(', ')}.`)
    else if (isOn !== refused.always) throw new Error(`feature-gate '${name}' cannot be ${isOn}: ${refused.why}.`)
  }
  return { set, notes }
}

/** All are off unless named, but for the correction of drift that is looked for. */
export function isEnabled({ set }: FeatureGates, gate: FeatureGate): boolean {
  return set.get(gate) ?? gate === 'CorrectDrift'
}
