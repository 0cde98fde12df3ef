/** What one build may use of a machine, where those who write the files are not those who run it. */
import type { ReadLimits } from './read-objects.ts'

export interface BuildLimits extends ReadLimits {
  /** Objects at any point of the build; no limit unless given. */
  maxObjects?: number
  /** Characters of a regular expression times its largest count of repetition; default 20,000. */
  maxPatternSize?: number
}
