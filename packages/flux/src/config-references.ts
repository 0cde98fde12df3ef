interface Named {
  name: string
}

/** `spec.kubeConfig` of a Kustomization or a HelmRelease. */
interface KubeConfig {
  secretRef?: Named
  configMapRef?: Named
}

/** Whether a target cluster, or values or variables, come from a ConfigMap or Secret. */
export function refersTo(
  kubeConfig: KubeConfig | undefined,
  inputs: readonly { kind: string; name: string }[] | undefined,
  { kind, name }: { kind: string; name: string },
): boolean {
  const target = kind === 'Secret' ? kubeConfig?.secretRef?.name : kubeConfig?.configMapRef?.name
  return target === name || (inputs?.some(ref => ref.kind === kind && ref.name === name) ?? false)
}
