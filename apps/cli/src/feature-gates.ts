/** Switches of the controllers, with the names that Flux's have. */
export const FEATURE_GATES = ['DetectDrift', 'ExternalArtifact', 'OOMWatch'] as const

export type FeatureGate = (typeof FEATURE_GATES)[number]
