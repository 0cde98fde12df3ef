/**
 * The names that several parties must spell alike: labels, annotations, finalizers, field managers, condition types and
 * reasons. They are Flux 2.9's and Azure's, so that existing clients, dashboards and alerts keep working.
 */

export const groups = {
  source: 'source.toolkit.fluxcd.io',
  sourceExtensions: 'source.extensions.fluxcd.io',
  kustomize: 'kustomize.toolkit.fluxcd.io',
  helm: 'helm.toolkit.fluxcd.io',
  notification: 'notification.toolkit.fluxcd.io',
  image: 'image.toolkit.fluxcd.io',
  clusterconfig: 'clusterconfig.azure.com',
} as const

export const finalizers = {
  /** On every Flux object that has something to clean up. */
  flux: 'finalizers.fluxcd.io',
  artifactGenerator: 'source.extensions.fluxcd.io/finalizer',
  /** On a FluxConfig until everything it made is gone. */
  fluxConfig: 'clusterconfig.azure.com/finalizer',
} as const

export const labels = {
  /** Owner labels of every object that a Kustomization applied. */
  kustomizationName: 'kustomize.toolkit.fluxcd.io/name',
  kustomizationNamespace: 'kustomize.toolkit.fluxcd.io/namespace',
  /** Owner labels of every object that a HelmRelease applied. */
  helmReleaseName: 'helm.toolkit.fluxcd.io/name',
  helmReleaseNamespace: 'helm.toolkit.fluxcd.io/namespace',
  /** Chooses the controller replica that serves an object. */
  shardKey: 'sharding.fluxcd.io/key',
  /** `Enabled` on a ConfigMap or Secret: a change reconciles the objects that refer to it. */
  watch: 'reconcile.fluxcd.io/watch',
  managedBy: 'app.kubernetes.io/managed-by',
  partOf: 'app.kubernetes.io/part-of',
  component: 'app.kubernetes.io/component',
  instance: 'app.kubernetes.io/instance',
  version: 'app.kubernetes.io/version',
  /** On everything that a FluxConfig made. */
  fluxConfigIsManaged: 'clusterconfig.azure.com/is-managed',
  fluxConfigName: 'clusterconfig.azure.com/name',
  fluxConfigNamespace: 'clusterconfig.azure.com/namespace',
  fluxConfigOperationId: 'clusterconfig.azure.com/operation-id',
} as const

export const annotations = {
  /** Any new value starts one reconciliation; `status.lastHandledReconcileAt` repeats it when done. */
  requestedAt: 'reconcile.fluxcd.io/requestedAt',
  /** With the value of `requestedAt`: a HelmRelease is upgraded though nothing changed. */
  forceAt: 'reconcile.fluxcd.io/forceAt',
  /** With the value of `requestedAt`: a HelmRelease forgets its failure counts. */
  resetAt: 'reconcile.fluxcd.io/resetAt',
  /** `disabled`: a Kustomization neither applies nor prunes this object. */
  kustomizeReconcile: 'kustomize.toolkit.fluxcd.io/reconcile',
  /** `Override` (default), `Merge`, `IfNotPresent` or `Ignore`: how this object is applied. */
  kustomizeSsa: 'kustomize.toolkit.fluxcd.io/ssa',
  /** `enabled`: recreated when an immutable field changes. */
  kustomizeForce: 'kustomize.toolkit.fluxcd.io/force',
  /** `disabled`: never garbage collected. */
  kustomizePrune: 'kustomize.toolkit.fluxcd.io/prune',
  /** `disabled`: variables in it are left alone. */
  kustomizeSubstitute: 'kustomize.toolkit.fluxcd.io/substitute',
  /** `disabled`: it is not decrypted. */
  kustomizeDecrypt: 'kustomize.toolkit.fluxcd.io/decrypt',
  /** Left behind by other appliers; removed when a Kustomization takes the object over. */
  lastAppliedConfiguration: 'kubectl.kubernetes.io/last-applied-configuration',
  /** On events of sources, and in what is sent to the notification controller. */
  sourceRevision: 'source.toolkit.fluxcd.io/revision',
  sourceDigest: 'source.toolkit.fluxcd.io/digest',
  kustomizeRevision: 'kustomize.toolkit.fluxcd.io/revision',
  kustomizeOriginRevision: 'kustomize.toolkit.fluxcd.io/originRevision',
  kustomizeCommitStatus: 'kustomize.toolkit.fluxcd.io/commit_status',
  /** Annotations with this prefix on a Flux object are copied into the metadata of its events. */
  eventPrefix: 'event.toolkit.fluxcd.io/',
  /** `"true"` on a HelmRelease: its chart comes from the configuration's own source. */
  useManagedSource: 'clusterconfig.azure.com/use-managed-source',
} as const

/** Artifact metadata keys that say where an artifact's content was made from. */
export const originMetadata = {
  revision: 'org.opencontainers.image.revision',
  source: 'org.opencontainers.image.source',
} as const

export const fieldManagers = {
  /** Owns the fields that Kustomizations apply. */
  kustomizeController: 'kustomize-controller',
  helmController: 'helm-controller',
  /** Own status, finalizers and other fields that controllers write on their own kinds. */
  gotkSourceController: 'gotk-source-controller',
  gotkKustomizeController: 'gotk-kustomize-controller',
  gotkHelmController: 'gotk-helm-controller',
  gotkNotificationController: 'gotk-notification-controller',
  gotkImageReflectorController: 'gotk-image-reflector-controller',
  gotkImageAutomationController: 'gotk-image-automation-controller',
  fluxConfigController: 'fluxconfig-controller',
  fluxConfigAgent: 'fluxconfig-agent',
  extensionManager: 'extension-manager',
} as const

/** `reportingController` of events, and the value of `app.kubernetes.io/component`. */
export const controllers = {
  source: 'source-controller',
  sourceWatcher: 'source-watcher',
  kustomize: 'kustomize-controller',
  helm: 'helm-controller',
  notification: 'notification-controller',
  imageReflector: 'image-reflector-controller',
  imageAutomation: 'image-automation-controller',
  fluxConfig: 'fluxconfig-controller',
} as const

export const conditionTypes = {
  ready: 'Ready',
  reconciling: 'Reconciling',
  stalled: 'Stalled',
  healthy: 'Healthy',
  artifactInStorage: 'ArtifactInStorage',
  artifactOutdated: 'ArtifactOutdated',
  fetchFailed: 'FetchFailed',
  storageOperationFailed: 'StorageOperationFailed',
  sourceVerified: 'SourceVerified',
  includeUnavailable: 'IncludeUnavailable',
  buildFailed: 'BuildFailed',
  released: 'Released',
  testSuccess: 'TestSuccess',
  remediated: 'Remediated',
  drifted: 'Drifted',
} as const

/** Reasons that every controller uses. */
export const reasons = {
  succeeded: 'Succeeded',
  failed: 'Failed',
  progressing: 'Progressing',
  progressingWithRetry: 'ProgressingWithRetry',
  dependencyNotReady: 'DependencyNotReady',
  suspended: 'Suspended',
  accessDenied: 'AccessDenied',
  featureGateDisabled: 'FeatureGateDisabled',
  invalidCelExpression: 'InvalidCELExpression',
  directoryCreationFailed: 'DirectoryCreationFailed',
} as const

/** Reasons of source kinds, in conditions and events. */
export const sourceReasons = {
  newArtifact: 'NewArtifact',
  newRevision: 'NewRevision',
  newChart: 'NewChart',
  includeChange: 'IncludeChange',
  artifactUpToDate: 'ArtifactUpToDate',
  artifactVerificationFailed: 'ArtifactVerificationFailed',
  urlInvalid: 'URLInvalid',
  authenticationFailed: 'AuthenticationFailed',
  invalidProviderConfiguration: 'InvalidProviderConfiguration',
  gitOperationFailed: 'GitOperationFailed',
  gitOperationSucceeded: 'GitOperationSucceeded',
  emptyGitRepository: 'EmptyGitRepository',
  ociOperationFailed: 'OCIArtifactPullFailed',
  bucketOperationFailed: 'BucketOperationFailed',
  indexationFailed: 'IndexationFailed',
  notFound: 'NotFound',
  noArtifact: 'NoArtifact',
  illegalPath: 'IllegalPath',
  copyFailure: 'CopyFailure',
  archiveOperationFailed: 'ArchiveOperationFailed',
  sourceIgnoreError: 'SourceIgnoreError',
  symlinkUpdateFailed: 'SymlinkUpdateFailed',
  verificationError: 'VerificationError',
  invalidVerificationMode: 'InvalidVerificationMode',
  invalidGitObject: 'InvalidGitObject',
  invalidTagSignature: 'InvalidTagSignature',
  invalidCommitSignature: 'InvalidCommitSignature',
  garbageCollectionSucceeded: 'GarbageCollectionSucceeded',
  garbageCollectionFailed: 'GarbageCollectionFailed',
} as const

/** Reasons of Kustomizations, in conditions, history and events. */
export const kustomizeReasons = {
  reconciliationSucceeded: 'ReconciliationSucceeded',
  reconciliationFailed: 'ReconciliationFailed',
  artifactFailed: 'ArtifactFailed',
  buildFailed: 'BuildFailed',
  pruneFailed: 'PruneFailed',
  healthCheckFailed: 'HealthCheckFailed',
  healthCheckCanceled: 'HealthCheckCanceled',
} as const

/** Reasons of HelmReleases, in conditions and events. */
export const helmReasons = {
  artifactFailed: 'ArtifactFailed',
  sourceNotReady: 'SourceNotReady',
  chartMutateError: 'ChartMutateError',
  valuesError: 'ValuesError',
  restClientError: 'RESTClientError',
  resourceManagerError: 'ResourceManagerError',
  factoryError: 'FactoryError',
  reconcileError: 'ReconcileError',
  installSucceeded: 'InstallSucceeded',
  installFailed: 'InstallFailed',
  upgradeSucceeded: 'UpgradeSucceeded',
  upgradeFailed: 'UpgradeFailed',
  awaitingTests: 'AwaitingTests',
  testSucceeded: 'TestSucceeded',
  testFailed: 'TestFailed',
  rollbackSucceeded: 'RollbackSucceeded',
  rollbackFailed: 'RollbackFailed',
  uninstallSucceeded: 'UninstallSucceeded',
  uninstallFailed: 'UninstallFailed',
  pendingRelease: 'PendingRelease',
  driftDetected: 'DriftDetected',
  noDriftDetected: 'NoDriftDetected',
  driftCorrected: 'DriftCorrected',
  driftCorrectionFailed: 'DriftCorrectionFailed',
  inventoryBuildFailed: 'InventoryBuildFailed',
  namespaceCheckSkipped: 'NamespaceCheckSkipped',
  helmChartCreated: 'HelmChartCreated',
  helmChartConfigured: 'HelmChartConfigured',
  helmChartDeleted: 'HelmChartDeleted',
  helmChartSyncError: 'HelmChartSyncErr',
} as const

/** What a Flux configuration of the fleet service makes in a cluster. */
export const fluxConfigNames = {
  /** The service account that everything of a configuration is applied as. */
  applierServiceAccount: 'flux-applier',
  /** The namespace of the extension. */
  extensionNamespace: 'flux-system',
  extensionType: 'microsoft.flux',
  /** The namespace of the agent that connects a cluster. */
  agentNamespace: 'azure-arc',
} as const
