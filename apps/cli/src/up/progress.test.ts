import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Progress } from './progress.ts'

function recorded(isTTY: boolean): {
  stream: { isTTY: boolean; columns: number; write(text: string): void }
  text(): string
} {
  let written = ''
  return {
    stream: {
      isTTY,
      columns: 40,
      write: text => {
        written += text
      },
    },
    text: () => written,
  }
}

/** The screen after the text: applies the two codes the progress uses, cursor up with erase below, and drops colours. */
function screen(text: string): string[] {
  const lines: string[] = []
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal codes begin with one.
  for (const [, up, line] of text.matchAll(/\x1b\[(\d+)A\x1b\[J|([^\n]*)\n/g)) {
    if (up !== undefined) lines.splice(lines.length - Number(up))
    // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal codes begin with one.
    else lines.push((line ?? '').replace(/\x1b\[\d+m/g, ''))
  }
  return lines
}

test('anywhere but on a terminal each news is a line of its own', () => {
  const { stream, text } = recorded(false)
  let now = 0
  const progress = new Progress(stream, () => now)
  const git = progress.part('git server')
  const fleet = progress.part('fleet')
  git.update('working', 'starting')
  git.update('working', 'starting')
  now = 1500
  git.update('done', 'http://x')
  fleet.update('failed', 'no port')
  progress.close()
  assert.equal(text(), '► git server  starting\n✔ git server  http://x (1.5 s)\n✗ fleet       no port\n')
})

test('on a terminal the block is redrawn in place, and what is said stays above it', () => {
  const { stream, text } = recorded(true)
  const progress = new Progress(stream, () => 0)
  const git = progress.part('git')
  const fleet = progress.part('fleet')
  git.update('working', 'starting')
  progress.say('a cluster was restarted')
  git.update('done', 'ready')
  fleet.update('working', 'a text that is much longer than the terminal is wide')
  progress.close()
  assert.deepEqual(screen(text()), [
    'a cluster was restarted',
    '✔ git    ready (0.0 s)',
    '► fleet  a text that is much longer tha',
  ])
})
