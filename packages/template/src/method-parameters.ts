/** What arguments the methods of classes take: only what stands here is checked as text/template does it. */
import type { Parameter } from './template-function.ts'

type MethodParameters = Readonly<Record<string, readonly Parameter[]>>

const declared = new WeakMap<object, MethodParameters>()

/** Has the arguments of a class's methods checked, each by the types of its parameters. */
export function goMethodParameters(prototype: object, parameters: MethodParameters): void {
  declared.set(prototype, parameters)
}

export const parametersOf = (prototype: object, name: string): readonly Parameter[] | undefined =>
  declared.get(prototype)?.[name]
