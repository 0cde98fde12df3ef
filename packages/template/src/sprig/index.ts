/** All functions of sprig that Helm has, and Helm's own that need no chart. */
import type { TemplateFunction } from '../template-function.ts'

export const sprigFunctions: Record<string, TemplateFunction> = {}
