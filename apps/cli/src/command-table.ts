/**
 * The words of the command line. Each command lives in a module of its own that exports `register(program)`, loaded only when its word is
 * the one asked for, so that help and short commands start at once. A new command is one line here.
 */
import type { Command } from 'commander'

export interface CommandModule {
  /** Adds the command, its options and its action to the program. */
  register(program: Command): void
}

export interface CommandEntry {
  word: string
  summary: string
  load(): Promise<CommandModule>
}

export const commandTable: readonly CommandEntry[] = []
