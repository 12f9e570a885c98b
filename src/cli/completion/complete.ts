// What may come next on a command line that somebody types.
// In: the tree of commands, the words so far. Out: candidates for the last one.
// INVARIANT: verbs and flags are those of commander; nothing is contacted, no
// fault is told, and no candidate has a sign that a shell reads.

import type { Argument, Command, Option } from 'commander'
import { ReportOption } from '../reports.ts'
import { type Names, SOURCES, type Source } from './names.ts'

export interface Candidate {
  readonly text: string
  /** For shells that show it. */
  readonly what: string
}

export type Answer = readonly Candidate[] | 'files' | 'folders'

/** What is expected at the cursor. */
interface Place {
  readonly command: Command
  /** A flag whose value is expected. */
  readonly option: Option | undefined
  /** It may be left out: the value of a flag that takes several. */
  readonly isMore: boolean
  /** Number of the argument. */
  readonly index: number
  readonly used: ReadonlySet<string>
}

export async function complete(
  program: Command,
  words: readonly string[],
  names: Names,
): Promise<Answer> {
  const typed = words.at(-1) ?? ''
  const place = findPlace(program, words.slice(0, -1))
  const { command, option, index } = place
  const [, flag, value] = /^(--[\w-]+)=(.*)$/s.exec(typed) ?? []
  if (flag !== undefined && value !== undefined) {
    const own = findOption(command, flag)
    const values = own
      ? await listValues(own, { command, names, typed: value })
      : []
    if (typeof values === 'string') return []
    return pick(
      values.map((one) => ({ ...one, text: `${flag}=${one.text}` })),
      typed,
    )
  }
  if (option && !(place.isMore && typed.startsWith('-'))) {
    const values = await listValues(option, { command, names, typed })
    return typeof values === 'string' ? values : pick(values, typed)
  }
  if (typed.startsWith('-')) return pick(listFlags(place), typed)
  if (command.commands.length > 0) {
    return index === 0 ? pick(listVerbs(command), typed) : []
  }
  const argument = command.registeredArguments.at(index) ?? lastOf(command)
  const values = argument
    ? await listWords(argument, { command, names, typed })
    : []
  return typeof values === 'string' ? values : pick(values, typed)
}

/** Bash puts a candidate into the line as it is, and Enter runs what a server
 * wrote into the name of a tool: `$(…)`. Such names are typed by hand. */
const UNQUOTED = /^[\p{L}\p{M}\p{N}_@%+:,./-][\p{L}\p{M}\p{N}_@%+=:,./-]*$/u

function pick(all: readonly Candidate[], typed: string): readonly Candidate[] {
  const seen = new Set<string>()
  return all.filter(({ text }) => {
    const isNew = text.startsWith(typed) && !seen.has(text)
    seen.add(text)
    return isNew && UNQUOTED.test(text)
  })
}

function findPlace(program: Command, before: readonly string[]): Place {
  let command = program
  let option: Option | undefined
  let isMore = false
  let index = 0
  const used = new Set<string>()
  for (const word of before) {
    if (word.startsWith('-') && word !== '-') {
      const own = findOption(command, word.split('=')[0] ?? '')
      used.add(own?.long ?? word)
      const takes = own !== undefined && (own.required || own.optional)
      option = takes && !word.includes('=') ? own : undefined
      isMore = option?.optional ?? false
      continue
    }
    if (option) {
      if (option.variadic) isMore = true
      else option = undefined
      continue
    }
    const inner = command.commands.find((one) => one.name() === word)
    if (inner) command = inner
    else index++
  }
  return { command, option, isMore, index, used }
}

function findOption(command: Command, flag: string): Option | undefined {
  return command.options.find(
    ({ long, short }) => flag === long || flag === short,
  )
}

function listFlags({ command, used }: Place): readonly Candidate[] {
  const own = command.options.filter(
    ({ long, hidden, variadic }) =>
      long && !hidden && (variadic || !used.has(long) || long === '--report'),
  )
  return [
    ...own.map(({ long, description }) => ({
      text: long ?? '',
      what: description,
    })),
    { text: '--help', what: 'print what a verb does' },
  ]
}

function listVerbs(command: Command): readonly Candidate[] {
  return command.commands.map((one) => ({
    text: one.name(),
    what: one.description(),
  }))
}

/** An argument that takes several words takes all that follow. */
function lastOf({ registeredArguments }: Command): Argument | undefined {
  const last = registeredArguments.at(-1)
  return last?.variadic ? last : undefined
}

async function listValues(option: Option, asked: Asked): Promise<Answer> {
  const choices = option.argChoices ?? []
  const forms = option instanceof ReportOption ? option.forms : choices
  if (forms.length > 0) return forms.map((text) => ({ text, what: '' }))
  return ask(SOURCES.flags[option.long ?? ''], asked)
}

async function listWords(argument: Argument, asked: Asked): Promise<Answer> {
  const choices = argument.argChoices ?? []
  if (choices.length > 0) return choices.map((text) => ({ text, what: '' }))
  return ask(SOURCES.words[argument.name()], asked)
}

interface Asked {
  readonly command: Command
  readonly names: Names
  readonly typed: string
}

async function ask(
  source: Source | undefined,
  { command, names, typed }: Asked,
): Promise<Answer> {
  if (source === undefined) return []
  if (source === 'files' || source === 'folders') return source
  // A code needs no config.
  const table = /^gw\d/i.test(typed) ? undefined : await names()
  return source(table, command.name())
}
