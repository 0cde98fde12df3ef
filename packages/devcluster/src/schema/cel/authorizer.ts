/** Kubernetes' `authorizer`: asks from an expression whether somebody may do something. Who answers is up to whoever puts it into the context. */
import type { Environment } from '@marcbachmann/cel-js'

export interface Question {
  verb: string
  group?: string
  resource?: string
  subresource?: string
  namespace?: string
  name?: string
  path?: string
}

export interface Verdict {
  allowed: boolean
  reason: string
}

export class Authorizer {
  readonly ask: (question: Question) => Verdict
  constructor(ask: (question: Question) => Verdict) {
    this.ask = ask
  }
}

class Check {
  readonly authorizer: Authorizer
  readonly question: Omit<Question, 'verb'>
  constructor(authorizer: Authorizer, question: Omit<Question, 'verb'>) {
    this.authorizer = authorizer
    this.question = question
  }
  with(more: Omit<Question, 'verb'>): Check {
    return new Check(this.authorizer, { ...this.question, ...more })
  }
}

class Decision {
  readonly verdict: Verdict
  constructor(verdict: Verdict) {
    this.verdict = verdict
  }
}

export function registerAuthorizer(environment: Environment): void {
  const authorizer = 'kubernetes.authorization.Authorizer'
  const check = 'kubernetes.authorization.Check'
  const decision = 'kubernetes.authorization.Decision'
  environment
    .registerType(authorizer, Authorizer)
    .registerType(check, Check)
    .registerType(decision, Decision)
    .registerFunction(
      `${authorizer}.group(string): ${check}`,
      (a: Authorizer, group: string) => new Check(a, { group }),
    )
    .registerFunction(`${authorizer}.path(string): ${check}`, (a: Authorizer, path: string) => new Check(a, { path }))
    .registerFunction(`${check}.resource(string): ${check}`, (c: Check, resource: string) => c.with({ resource }))
    .registerFunction(`${check}.subresource(string): ${check}`, (c: Check, subresource: string) =>
      c.with({ subresource }),
    )
    .registerFunction(`${check}.namespace(string): ${check}`, (c: Check, namespace: string) => c.with({ namespace }))
    .registerFunction(`${check}.name(string): ${check}`, (c: Check, name: string) => c.with({ name }))
    .registerFunction(
      `${check}.check(string): ${decision}`,
      (c: Check, verb: string) => new Decision(c.authorizer.ask({ ...c.question, verb })),
    )
    .registerFunction(`${decision}.allowed(): bool`, (d: Decision) => d.verdict.allowed)
    .registerFunction(`${decision}.reason(): string`, (d: Decision) => d.verdict.reason)
}
