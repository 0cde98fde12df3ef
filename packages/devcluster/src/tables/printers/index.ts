/** The printers of built-in kinds by where they are stored (`group/resource`). */
import type { Printer } from './printer.ts'

export const printers: Readonly<Record<string, Printer | undefined>> = {}
