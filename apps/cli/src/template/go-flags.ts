/**
 * Lets a command read options as Go programs do, so that command lines written for helm mean the same here:
 * `--flag=false` beside `--flag`, `-f=file` beside `-f file`, and options that may lack their value take it only behind `=`.
 */
import { Command, type Option } from 'commander'

/** Options with an optional value need a preset: what they stand for without one. */
export function readAsGoFlags(command: Command): Command {
  const parse = Command.prototype.parseOptions
  command.parseOptions = args => parse.call(command, rewritten(command, args))
  return command
}

function rewritten(command: Command, args: readonly string[]): string[] {
  const out: string[] = []
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? ''
    if (arg === '--') return [...out, ...args.slice(at)]
    const [, name = '', value] = /^(--[^=]+|-[a-zA-Z])(?:=([\s\S]*))?$/.exec(arg) ?? [undefined, arg]
    const option = command.options.find(one => one.long === name || one.short === name)
    if (option === undefined) out.push(arg)
    else if (option.required && value !== undefined) out.push(`${option.long ?? name}=${value}`)
    else if (option.required) out.push(arg, ...args.slice(++at, at + 1))
    else if (option.optional) out.push(`${name}=${value ?? String(option.presetArg)}`)
    else pushBoolean(command, out, option, value)
  }
  return out
}

/** The last word counts: a false one takes back those before. */
function pushBoolean(command: Command, out: string[], option: Option, value: string | undefined): void {
  const name = option.long ?? ''
  if (value === undefined || /^(?:1|t|T|TRUE|true|True)$/.test(value)) {
    out.push(name)
    return
  }
  if (!/^(?:0|f|F|FALSE|false|False)$/.test(value)) {
    command.error(`error: option '${name}' argument '${value}' is invalid. It is neither true nor false.`)
  }
  for (let at = out.length - 1; at >= 0; at--) if (out[at] === name || out[at] === option.short) out.splice(at, 1)
}
