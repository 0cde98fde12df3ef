import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { resolvePlain } from './resolve-plain.ts'

describe('unquoted scalars', () => {
  const table: [text: string, in11: unknown, in12: unknown][] = [
    ['yes', true, 'yes'],
    ['off', false, 'off'],
    ['y', true, 'y'],
    ['true', true, true],
    ['~', null, null],
    ['', null, null],
    ['0755', 493, 493],
    ['0o17', 15, 15],
    ['0x1F', 31, 31],
    ['0b101', 5, 5],
    ['08', 8, 8],
    ['1_000', 1000, 1000],
    ['1e3', 1000, 1000],
    ['-1.5', -1.5, -1.5],
    ['.5', 0.5, 0.5],
    ['.1_1', 0.11, 0.11],
    ['.0_0', 0, 0],
    ['.1_', '.1_', '.1_'],
    ['._1', '._1', '._1'],
    ['1.2.3', '1.2.3', '1.2.3'],
    ['1:30', '1:30', '1:30'],
    ['12345678901234567890', 12345678901234567890n, 12345678901234567890n],
    ['123456789012345678901', 123456789012345680000, 123456789012345680000],
    ['2024-1-2', '2024-1-2', '2024-01-02T00:00:00Z'],
    ['2024-01-02T03:04:05.120Z', '2024-01-02T03:04:05.120Z', '2024-01-02T03:04:05.12Z'],
    ['2024-13-02', '2024-13-02', '2024-13-02'],
    ['-', '-', '-'],
    ['nginx', 'nginx', 'nginx'],
  ]
  for (const [text, in11, in12] of table) {
    test(JSON.stringify(text), () => {
      assert.equal(resolvePlain(text, '1.1'), in11)
      assert.equal(resolvePlain(text, '1.2'), in12)
    })
  }
})
