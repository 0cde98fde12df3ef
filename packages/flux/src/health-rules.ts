import { type KubeObject, type Kustomization, parseApiVersion } from '@sluice/api'
import type { Health } from '@sluice/kube'
import { CelError, type CelExpression, compileCel } from './cel.ts'
import { messageOf } from './message-of.ts'

/**
 * `spec.healthCheckExprs`: how the health of a custom kind is read (fluxcd/pkg/runtime/cel). The version does not
 * matter; an entry without a kind is for its whole group, one with a kind wins. Order: in progress, failed, current.
 */
export interface HealthRule {
  inProgress?: CelExpression
  failed?: CelExpression
  current: CelExpression
}

/** The same for Kustomizations and HelmReleases. */
export type HealthExpressions = NonNullable<Kustomization['spec']['healthCheckExprs']>

export type HealthRules = ReadonlyMap<string, HealthRule>

/** Throws CelError for an expression that does not compile, Error for two entries of one kind. */
export function healthRules(expressions: HealthExpressions | undefined): HealthRules {
  const rules = new Map<string, HealthRule>()
  for (const [i, { apiVersion, kind, inProgress, failed, current }] of (expressions ?? []).entries()) {
    const { group } = parseApiVersion(apiVersion)
    const key = keyOf(group, kind ?? '')
    if (rules.has(key)) {
      throw new Error(`duplicate custom health check for GroupKind ${kind ?? ''}.${group} at healthchecks[${i}]`)
    }
    const compiled = (name: string, text: string): CelExpression => {
      try {
        return compileCel(text)
      } catch (cause) {
        const what = `failed to parse the expression ${name}: ${messageOf(cause)}`
        throw new CelError(`failed to create custom status evaluator for healthchecks[${i}]: ${what}`, { cause })
      }
    }
    rules.set(key, {
      inProgress: inProgress ? compiled('InProgress', inProgress) : undefined,
      failed: failed ? compiled('Failed', failed) : undefined,
      current: compiled('Current', current),
    })
  }
  return rules
}

export function ruleFor(rules: HealthRules, of: { apiVersion: string; kind: string }): HealthRule | undefined {
  const { group } = parseApiVersion(of.apiVersion)
  return rules.get(keyOf(group, of.kind)) ?? rules.get(keyOf(group, ''))
}

/** An expression that cannot be evaluated leaves the health unknown: it may be different once the field is there. */
export function healthBy(rule: HealthRule, object: KubeObject): Health {
  const observed = (object.status as { observedGeneration?: unknown } | undefined)?.observedGeneration
  if (typeof observed === 'number' && observed !== object.metadata.generation) {
    return { status: 'InProgress', message: 'the generation has not been observed yet' }
  }
  const steps = [
    ['InProgress', rule.inProgress],
    ['Failed', rule.failed],
    ['Current', rule.current],
  ] as const
  try {
    for (const [status, expression] of steps) {
      const answer = expression?.evaluate(object)
      if (expression && typeof answer !== 'boolean') {
        return { status: 'Unknown', message: `failed to evaluate CEL expression as boolean: '${expression.text}'` }
      }
      if (expression && answer) return { status, message: `${expression.text} is true` }
    }
  } catch (error) {
    return { status: 'Unknown', message: error instanceof Error ? error.message : String(error) }
  }
  return { status: 'InProgress', message: 'no health check expression is true' }
}

const keyOf = (group: string, kind: string): string => `${group}/${kind}`
