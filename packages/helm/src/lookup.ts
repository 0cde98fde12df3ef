/**
 * What templates look up in the cluster. Templates cannot wait: one that asks for what is not known yet is interrupted, the question is answered, and
 * the chart is rendered anew. A chart that asks nothing is rendered once; one whose questions hang on one another, once more for each.
 */
import { Int64, Interruption } from '@sluice/template'
import { HelmError } from './helm-error.ts'
import { isTable, put, type Table } from './value-table.ts'

export interface LookupQuery {
  apiVersion: string
  kind: string
  /** Empty for all namespaces, and for what is in none. */
  namespace: string
  /** Empty for a list. */
  name: string
}

/**
 * Reads the cluster: an object, or a list (`{apiVersion, kind, metadata, items}`) for a query without a name; undefined for what is not there. What it
 * throws fails the template that asked, with its message; as in Helm a kind that the cluster does not serve is such an error.
 */
export type Lookup = (query: LookupQuery) => Promise<object | undefined>

/** Renderings of one chart at most. */
const maxRounds = 64

export class LookupAnswers {
  readonly #ask: Lookup | undefined
  readonly #answers = new Map<string, { value: Table } | { error: unknown }>()
  readonly #open = new Map<string, LookupQuery>()
  #rounds = 0

  constructor(ask: Lookup | undefined) {
    this.#ask = ask
  }

  /** A copy, since templates may change what they get. Without a cluster nothing is ever found. */
  get(query: LookupQuery): Table {
    if (!this.#ask) return {}
    const key = JSON.stringify([query.apiVersion, query.kind, query.namespace, query.name])
    const answer = this.#answers.get(key)
    if (answer === undefined) {
      this.#open.set(key, query)
      throw new Interruption('a lookup has no answer yet')
    }
    if ('error' in answer) throw answer.error
    return goTable(answer.value)
  }

  /** Asks all open questions at once. */
  async settle(): Promise<void> {
    if (++this.#rounds >= maxRounds) {
      throw new HelmError(`lookups of the chart hang on one another more than ${maxRounds} deep`)
    }
    const ask = this.#ask
    if (!ask) return
    const open = [...this.#open]
    this.#open.clear()
    await Promise.all(
      open.map(async ([key, query]) => {
        try {
          const found: unknown = await ask(query)
          this.#answers.set(key, { value: isTable(found) ? found : {} })
        } catch (error) {
          this.#answers.set(key, { error })
        }
      }),
    )
  }
}

/** Whole numbers of JSON are int64, as in Kubernetes' own objects; what only objects of Go would leave out is left out. */
function goTable(table: Table): Table {
  const copy: Table = {}
  for (const [key, value] of Object.entries(table)) if (value !== undefined) put(copy, key, goValue(value))
  return copy
}

function goValue(value: unknown): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? new Int64(BigInt(value)) : value
  if (Array.isArray(value)) return value.map(goValue)
  return isTable(value) ? goTable(value) : value
}
