// The log of `serve`: events as JSON, or as lines for a person.
// In: flags, an Io. Out: a logger that writes to stderr.
// INVARIANT: one event is one line of JSON, or begins one line; times are ISO,
// levels are words; no text of others moves a cursor.

import { type Command, Option } from 'commander'
import { pino } from 'pino'
import type { Logger } from '../contract/log.ts'
import { json, plain } from '../diagnostics/shown.ts'
import { suggestHelp } from '../diagnostics/suggest.ts'
import { Unanswerable } from '../diagnostics/unanswerable.ts'
import { renderEvent } from './log-lines.ts'
import { say } from './say.ts'
import { placeStack } from './stack.ts'
import type { Io } from './verb.ts'

const LEVELS = ['error', 'warn', 'info', 'debug'] as const

type Level = (typeof LEVELS)[number]

export interface LogOptions {
  readonly log?: 'pretty' | 'json'
  readonly logLevel?: Level
}

interface Event extends Record<string, unknown> {
  readonly err?: { stack?: string }
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
  const usual = io.stderr.isTerminal ? 'pretty' : 'json'
  const isPretty = (log ?? usual) === 'pretty'
  const logger = pino(
    {
      level: logLevel ?? readLevel(io),
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    {
      write: (line) => {
        const event = JSON.parse(line) as Event
        if (event.err?.stack) event.err.stack = placeStack(event.err.stack)
        say(io.stderr, isPretty ? renderEvent(event) : json(event))
      },
    },
  )
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
