/** Work that schemas and values may take. Schemas that refer to one another twice at each of thirty steps would never end. */
import { HelmError } from '../helm-error.ts'

const most = 3_000_000

export class Budget {
  private steps = 0

  spend(steps = 1): void {
    this.steps += steps
    if (this.steps > most) throw new HelmError(`to hold the values against the schema takes more than ${most} steps`)
  }
}
