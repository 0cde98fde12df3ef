/**
 * How `npm test` prints: a line for each test file, everything about a failure at once, and the counts at the end as JSON into the file that
 * `SLUICE_TEST_COUNTS` names, for the script's closing line.
 */
import { writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { inspect } from 'node:util'

const where = data => `${data.file ? relative(process.cwd(), data.file) : '?'}${data.line ? `:${data.line}` : ''}`

/** A failure whose cause is another test's failure says nothing new. */
const isOwn = data => data.details?.error?.failureType !== 'subtestsFailed'

function failureText(data) {
  const error = data.details?.error
  const cause = error?.cause ?? error
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : inspect(cause)
  return `\nFAIL ${where(data)} ${data.name}\n${text.replace(/^/gm, '  ')}\n\n`
}

export default async function* report(source) {
  const failures = new Map()
  let failed = 0
  for await (const { type, data } of source) {
    if (type === 'test:fail' && isOwn(data)) {
      failed++
      failures.set(data.file, (failures.get(data.file) ?? 0) + 1)
      yield failureText(data)
    } else if (type === 'test:pass' && data.skip) {
      yield `skip ${where(data)} ${data.name}${typeof data.skip === 'string' ? `: ${data.skip}` : ''}\n`
    } else if (type === 'test:summary') {
      const { counts, file, duration_ms: took } = data
      if (file) {
        const bad = failures.get(file) ?? 0
        yield `${bad ? 'FAIL' : 'ok  '} ${relative(process.cwd(), file)} (${counts.tests} tests, ${(took / 1000).toFixed(1)} s)\n`
      } else {
        const passed = counts.passed
        const skipped = counts.skipped + counts.todo
        if (process.env.SLUICE_TEST_COUNTS) {
          writeFileSync(
            process.env.SLUICE_TEST_COUNTS,
            JSON.stringify({ passed, skipped, failed: Math.max(failed, counts.failed + counts.cancelled) }),
          )
        }
      }
    }
  }
}
