/** References from one object to another, and the pieces that several kinds refer with. */
import { array, boolean, map, object, required, type Schema, string } from '../schema/schema.ts'

export interface LocalRef {
  name: string
}

/** An object of a kind that the field itself determines, in the same namespace. */
export function localRef(description: string, what: string): Schema<LocalRef> {
  return object(description, { name: required(string(`Name of the ${what}.`)) })
}

export function secretRef(description: string): Schema<LocalRef> {
  return localRef(description, 'Secret')
}

/** An object of a known kind that may live in another namespace. */
export function namespacedRef(description: string, what: string) {
  return object(description, {
    name: required(string(`Name of the ${what}.`)),
    namespace: string(`Namespace of the ${what}; that of this object when absent.`),
  })
}

/** Which objects a patch or an ignore rule is about; an absent field matches everything. */
export function objectSelector(description: string) {
  return object(description, {
    group: string('API group, a regular expression that must match wholly.'),
    version: string('API version, a regular expression that must match wholly.'),
    kind: string('Kind, a regular expression that must match wholly.'),
    name: string('Name, a regular expression that must match wholly.'),
    namespace: string('Namespace, a regular expression that must match wholly.'),
    labelSelector: string('Label selector, as for `kubectl --selector`.'),
    annotationSelector: string('The same over annotations.'),
  })
}

/** Where the manifests go when not to the cluster of the object itself. */
export function kubeConfig(description: string) {
  return object(
    description,
    {
      secretRef: object('Secret with a kubeconfig.', {
        name: required(string('Name of the Secret.')),
        key: string('Key of the kubeconfig; `value`, then `value.yaml` when absent.'),
      }),
      configMapRef: localRef('ConfigMap that says how to reach the cluster with a cloud identity.', 'ConfigMap'),
    },
    {
      rules: [
        {
          rule: 'has(self.configMapRef) || has(self.secretRef)',
          message: 'exactly one of spec.kubeConfig.configMapRef or spec.kubeConfig.secretRef must be specified',
        },
        {
          rule: '!has(self.configMapRef) || !has(self.secretRef)',
          message: 'exactly one of spec.kubeConfig.configMapRef or spec.kubeConfig.secretRef must be specified',
        },
      ],
    },
  )
}

/** Another object of the same kind that must be ready first. */
export function dependency(description: string, what: string) {
  return object(description, {
    name: required(string(`Name of the ${what}.`)),
    namespace: string(`Namespace of the ${what}; that of this object when absent.`),
    readyExpr: string('CEL expression over `self` and `dep` that decides readiness instead of the built-in checks.'),
  })
}

/** The suspend switch that every reconciled kind has. */
export function suspend(description = 'Stops reconciliation until it is false again.') {
  return boolean(description)
}

/** Objects in namespaces with certain labels that may use this one. */
export function accessFrom(description: string) {
  return object(description, {
    namespaceSelectors: required(
      array(
        'Namespaces that may; one match is enough.',
        object('Namespaces by label.', { matchLabels: map('Labels that a namespace must have.', string('Value.')) }),
      ),
    ),
  })
}

/** Keys of the Secret: `tls.crt` and `tls.key`, `ca.crt`. */
export function certSecretRef() {
  return secretRef('Client certificate (`tls.crt`, `tls.key`) and certificates of a private authority (`ca.crt`).')
}

/** Keys of the Secret: `address`, `username`, `password`. */
export function proxySecretRef() {
  return secretRef('Proxy to go through: `address`, `username`, `password`.')
}
