import { helmReasons } from '@sluice/api'
import { messageOf } from '../message-of.ts'
import { type ActionKind, endOf, groupOf, type PassEnd, rollbackTargetOf, type StoredRelease } from './decide.ts'
import { type Drift, putRight } from './drift.ts'
import { lookAtRelease, stateError, storedRelease } from './look-at-release.ts'
import { announce, ended, settle } from './pass-conditions.ts'
import { PassError } from './pass-error.ts'
import type { ReleaseContext } from './release-context.ts'
import { activeRetryInterval } from './release-spec.ts'
import { runRelease } from './run-release.ts'
import { runReleaseTests } from './run-release-tests.ts'
import { runRollback } from './run-rollback.ts'
import { runUninstallRemediation } from './run-uninstall.ts'
import { runUnlock } from './run-unlock.ts'

/**
 * The loop of one pass over a release, after helm-controller's `AtomicRelease`: look what state it is in, decide, act,
 * and again, until nothing is left to do, an action would have to run twice, or a failure was remediated.
 */
export interface PassHooks {
  /** Whether an upgrade was asked for though nothing may have changed; counts once. */
  takeForce: () => boolean
  /** Runs an action and lets the status of before be seen if that takes long. */
  during: (action: () => Promise<void>) => Promise<void>
}

export type PassResult = PassEnd | { kind: 'settled'; stored: StoredRelease } | { kind: 'noRollbackTarget' }

export async function runPass(context: ReleaseContext, hooks: PassHooks): Promise<PassResult> {
  const { object, draft, signal } = context
  const done = new Set<string>()
  for (;;) {
    signal.throwIfAborted()
    const { decision, drift, forced, isSettled } = await lookAtRelease(context, hooks.takeForce)
    const { next } = decision
    if (decision.history !== draft.value.history) draft.setHistory(decision.history)
    if (!forced) settle(context, decision.state, drift)
    switch (next.kind) {
      case 'undetermined':
        throw stateError(context, next.message)
      case 'exhausted':
      case 'noRollbackTarget':
        return ended(context, next)
      case 'done':
        draft.remove('Reconciling')
        draft.summarise(context.digests)
        return isSettled ? settled(context) : { kind: 'done' }
      case 'act': {
        const group = groupOf(next.action)
        if (done.has(group)) return ended(context, endOf(object, draft.value, false))
        announce(context, next.action)
        const failure = await carryOut(context, next.action, drift, hooks)
        if (failure) return failure
        if (group === 'remediation') return ended(context, endOf(object, draft.value, true))
        done.add(group)
      }
    }
  }
}

function settled({ records, draft, remembered }: ReleaseContext): PassResult {
  const stored = records.last ? storedRelease(records.last, draft.value.history) : remembered
  return stored ? { kind: 'settled', stored } : { kind: 'done' }
}

/** How the pass ends when the action failed without a trace; undefined when it goes on. */
async function carryOut(
  context: ReleaseContext,
  action: ActionKind,
  drift: Drift,
  { during }: PassHooks,
): Promise<PassResult | undefined> {
  const { object, draft, signal } = context
  try {
    await during(() => act(context, action, drift))
    return undefined
  } catch (error) {
    if (signal.aborted) throw error
    const milliseconds = activeRetryInterval(object, draft.value)
    if (milliseconds !== undefined) return ended(context, { kind: 'retryAfter', milliseconds })
    const message = context.mask(messageOf(error))
    if (draft.is('Ready', 'True')) draft.mark('Ready', 'False', helmReasons.reconcileError, message)
    // Without what caused it, which would tell in a log what is masked here.
    throw new PassError(message)
  }
}

async function act(context: ReleaseContext, action: ActionKind, drift: Drift): Promise<void> {
  switch (action) {
    case 'install':
    case 'upgrade':
      return runRelease(context, action)
    case 'test':
      return runReleaseTests(context)
    case 'rollback': {
      const target = rollbackTargetOf(context.object, context.draft.value)
      return target && runRollback(context, target)
    }
    case 'uninstall':
      return runUninstallRemediation(context)
    case 'unlock':
      return context.slot(() => runUnlock(context))
    case 'correctDrift':
      return context.slot(() => putRight(context, drift))
  }
}
