// The log of `serve`: events as JSON, or as lines for a person.
// In: flags, an Io. Out: a logger that writes to stderr.
// INVARIANT: one event is one line of JSON, or begins one line; times are ISO,
// levels are words; no text of others moves a cursor.

import { type Command, Option } from 'commander'
import type { Logger, LogMethod } from '../contract/log.ts'
import { json, plain } from '../diagnostics/shown.ts'
import { suggestHelp } from '../diagnostics/suggest.ts'
import { Unanswerable } from '../diagnostics/unanswerable.ts'
import { makeEvent } from './log-event.ts'
import { renderEvent } from './log-lines.ts'
import { say } from './say.ts'
import { wantsColour } from './terminal.ts'
import type { Io } from './verb.ts'

/** From the one that is always written. */
const LEVELS = ['error', 'warn', 'info', 'debug'] as const

type Level = (typeof LEVELS)[number]

export interface LogOptions {
  readonly log?: 'pretty' | 'json'
  readonly logLevel?: Level
}

export function logOptions(command: Command): Command {
  const form = new Option(
    '--log <form>',
    'form of the log (default: pretty on a terminal, else json)',
  )
  const level = new Option(
    '--log-level <level>',
    'least level that is logged (default: LOG_LEVEL, else info)',
  )
  return command
    .addOption(form.choices(['pretty', 'json']))
    .addOption(level.choices(LEVELS))
}

export interface Log {
  readonly logger: Logger
  readonly isPretty: boolean
}

export function openLog({ log, logLevel }: LogOptions, io: Io): Log {
  const { isTTY } = io.stderr as { readonly isTTY?: boolean }
  const isPretty = (log ?? (isTTY ? 'pretty' : 'json')) === 'pretty'
  const colours = wantsColour(io, io.stderr)
  const least = LEVELS.indexOf(logLevel ?? readLevel(io))
  const write = (level: Level): LogMethod => {
    if (LEVELS.indexOf(level) > least) return () => {}
    return (detail, message) => {
      const event = makeEvent(level, detail, message)
      say(io.stderr, isPretty ? renderEvent(event, colours) : json(event))
    }
  }
  const logger = {
    error: write('error'),
    warn: write('warn'),
    info: write('info'),
    debug: write('debug'),
    flush: () => {},
  }
  return { logger, isPretty }
}

function readLevel({ env }: Io): Level {
  const { LOG_LEVEL: level } = env
  if (level === undefined || level === '') return 'info'
  const known = LEVELS.find((one) => one === level)
  if (known !== undefined) return known
  const help = suggestHelp(level, LEVELS)
  throw new Unanswerable(
    plain`LOG_LEVEL=${level}: no such level\nhelp: ${help}`,
  )
}
