/** Sprig's functions on slash-separated paths; the ones with `os` are the same, since templates render as on Linux. */
import { posix } from 'node:path'
import { type TemplateFunction, typed } from '../template-function.ts'
import { stringOf } from './cast.ts'

const clean = (path: string): string => {
  const short = posix.normalize(path)
  return short.length > 1 ? short.replace(/\/$/, '') : short
}

const base = (path: string): string => {
  if (path === '') return '.'
  const bare = path.replace(/\/+$/, '')
  return bare === '' ? '/' : bare.slice(bare.lastIndexOf('/') + 1)
}

const ext = (path: string): string => {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const dot = name.lastIndexOf('.')
  return dot < 0 ? '' : name.slice(dot)
}

const on = (run: (path: string) => unknown): TemplateFunction => typed('string', ([path]) => run(stringOf(path)))

const dir = on(path => clean(path.slice(0, path.lastIndexOf('/') + 1) || '.'))
const isAbs = on(path => path.startsWith('/'))

export const pathFunctions: Record<string, TemplateFunction> = {
  base: on(base),
  dir,
  clean: on(clean),
  ext: on(ext),
  isAbs,
  osBase: on(base),
  osDir: dir,
  osClean: on(clean),
  osExt: on(ext),
  osIsAbs: isAbs,
}
