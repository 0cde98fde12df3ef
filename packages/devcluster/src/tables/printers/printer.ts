/** What turns an object into the cells of its row, in the order of its columns; `now` is in milliseconds. */
import type { KubeObject } from '@sluice/api'
import type { Row } from '../table.ts'

export type Printer = (object: KubeObject, now: number) => Row
