/** A point in time with a zone, as Go's time.Time; its methods can be called from templates. */
import { Int64 } from './int64.ts'
import { goMethodParameters } from './method-parameters.ts'
import { formatTime } from './time-layout.ts'

export interface Zone {
  name: string
  /** Seconds east of UTC at a time (in seconds since 1970). */
  offset(seconds: number): { seconds: number; abbreviation: string }
}

export const utc: Zone = { name: 'UTC', offset: () => ({ seconds: 0, abbreviation: 'UTC' }) }

export class GoTime {
  static readonly goType = 'time.Time'
  /** Nanoseconds since 1970. */
  readonly nanos: bigint
  readonly zone: Zone

  constructor(nanos: bigint, zone: Zone = utc) {
    this.nanos = nanos
    this.zone = zone
  }

  get seconds(): bigint {
    return this.nanos >= 0n ? this.nanos / 1_000_000_000n : -((-this.nanos + 999_999_999n) / 1_000_000_000n)
  }

  /** The wall clock in the zone, as a Date whose UTC fields are to be read. */
  wall(): Date {
    const seconds = Number(this.seconds)
    return new Date((seconds + this.zone.offset(seconds).seconds) * 1000)
  }

  Unix(): Int64 {
    return new Int64(this.seconds)
  }

  UnixNano(): Int64 {
    return new Int64(this.nanos)
  }

  UnixMilli(): Int64 {
    return new Int64(this.nanos / 1_000_000n)
  }

  Year(): bigint {
    return BigInt(this.wall().getUTCFullYear())
  }

  Month(): bigint {
    return BigInt(this.wall().getUTCMonth() + 1)
  }

  Day(): bigint {
    return BigInt(this.wall().getUTCDate())
  }

  Hour(): bigint {
    return BigInt(this.wall().getUTCHours())
  }

  Minute(): bigint {
    return BigInt(this.wall().getUTCMinutes())
  }

  Second(): bigint {
    return BigInt(this.wall().getUTCSeconds())
  }

  Nanosecond(): bigint {
    return this.nanos - this.seconds * 1_000_000_000n
  }

  YearDay(): bigint {
    const wall = this.wall()
    return BigInt(Math.floor((wall.getTime() - Date.UTC(wall.getUTCFullYear(), 0, 1)) / 86_400_000) + 1)
  }

  UTC(): GoTime {
    return new GoTime(this.nanos, utc)
  }

  Format(layout: string): string {
    return formatTime(this, layout)
  }

  After(other: unknown): boolean {
    return other instanceof GoTime && this.nanos > other.nanos
  }

  Before(other: unknown): boolean {
    return other instanceof GoTime && this.nanos < other.nanos
  }

  Equal(other: unknown): boolean {
    return other instanceof GoTime && this.nanos === other.nanos
  }

  /** How JSON, YAML and TOML show it. */
  toGoJson(): string {
    return formatTime(this, '2006-01-02T15:04:05.999999999Z07:00')
  }

  String(): string {
    return formatTime(this, '2006-01-02 15:04:05.999999999 -0700 MST')
  }
}

goMethodParameters(GoTime.prototype, {
  Format: ['string'],
  After: ['time.Time'],
  Before: ['time.Time'],
  Equal: ['time.Time'],
})
