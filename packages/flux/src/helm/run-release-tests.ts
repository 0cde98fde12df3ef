import { helmReasons } from '@sluice/api'
import { type ReleaseRecord, runTests } from '@sluice/release'
import { messageOf } from '../message-of.ts'
import { commonOptions } from './action-options.ts'
import { LogLines } from './log-lines.ts'
import { withTested } from './observed-releases.ts'
import type { ReleaseContext } from './release-context.ts'
import { eventOf, snapshotFacts } from './release-events.ts'
import { activeRemediation } from './release-spec.ts'
import { chartOf, fullName, hasBeenTested, isOf, latestOf, testSelection } from './snapshots.ts'

/** Runs the tests of the latest release. */
export async function runReleaseTests(context: ReleaseContext): Promise<void> {
  const { object, draft, digests, records } = context
  const latest = latestOf(draft.value.history)
  if (!latest) throw new Error('no latest release: required for test')
  const log = new LogLines(context.mask)
  const onRecord = (record: ReleaseRecord) => {
    records.note(record)
    draft.setHistory(withTested(draft.value.history ?? [], record, context.settings.digestAlgorithm))
  }
  let failure: unknown
  try {
    const options = commonOptions(context, 'test', log)
    const tested = await runTests({ ...options, ...testSelection(object.spec.test?.filters), onRecord })
    if (!isOf(latest, tested)) {
      const other = `${tested.namespace}/${tested.name}.v${tested.version}`
      failure = new Error(`release mismatch: tested release ${other} != current release ${fullName(latest)}`)
    }
  } catch (error) {
    failure = error
  }
  const current = latestOf(draft.value.history) ?? latest
  const subject = `for release ${fullName(current)} with chart ${chartOf(current)}`
  if (failure === undefined) {
    const count = Object.keys(current.testHooks ?? {}).length
    const how = count === 0 ? 'no test hooks' : `${count} test ${count > 1 ? 'hooks' : 'hook'} completed successfully`
    const message = `Helm test succeeded ${subject}: ${how}`
    draft.mark('TestSuccess', 'True', helmReasons.testSucceeded, message)
    context.event(eventOf('info', helmReasons.testSucceeded, message, snapshotFacts(current)))
    draft.summarise(digests)
    return
  }
  const message = `Helm test failed ${subject}: ${context.mask(messageOf(failure)).trim()}`
  draft.count('failures')
  draft.mark('TestSuccess', 'False', helmReasons.testFailed, message)
  context.event(eventOf('error', helmReasons.testFailed, message, snapshotFacts(current)))
  const wasTested = hasBeenTested(current, object.spec.test?.filters)
  const remediation = activeRemediation(object, draft.value)
  if (wasTested && remediation && !remediation.ignoreTestFailures) {
    draft.count(remediation.action === 'install' ? 'installFailures' : 'upgradeFailures')
  }
  draft.summarise(digests)
  if (!wasTested) throw failure
}
