/**
 * The work that schemas and values may take, in steps: about a keyword held against a value, or a name looked at.
 * Schemas that refer to one another twice at each of thirty steps would never end.
 */
import { HelmError } from '../helm-error.ts'

const most = 3_000_000

export class Budget {
  private steps = 0

  /** Throws HelmError when all is spent. */
  spend(steps = 1): void {
    this.steps += steps
    if (this.steps > most) throw new HelmError(`to hold the values against the schema takes more than ${most} steps`)
  }
}
