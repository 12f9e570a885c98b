// What the reader of a stream can see: columns, colours, links.
// In: a stream, the environment, `--color`. Out: a Look.
// INVARIANT: this is the only file that decides it; colours and links are for
// a terminal, unless somebody asks for them in words.

import type { Look } from '../diagnostics/shown.ts'
import type { Io } from './verb.ts'

type Env = Io['env']

export const COLOURS = ['auto', 'always', 'never'] as const
export type Colours = (typeof COLOURS)[number]

interface TerminalStream {
  readonly isTTY?: boolean
  readonly columns?: number
}

/** Narrower ones are read as this wide; wider tables are hard to follow. */
const COLUMNS = Object.freeze({ least: 20, usual: 80 })

export function isTerminal(stream: object): boolean {
  return (stream as TerminalStream).isTTY === true
}

export function lookOf(stream: object, env: Env, colours: Colours): Look {
  const isOne = isTerminal(stream)
  const base = {
    colours: wantsColours(isOne, env, colours),
    links: followsLinks(isOne, env),
  }
  if (!isOne) return base
  const { columns = COLUMNS.usual } = stream as TerminalStream
  return { ...base, columns: Math.max(COLUMNS.least, columns || COLUMNS.usual) }
}

/** The flag, then NO_COLOR (no-color.org: set and not empty), then FORCE_COLOR
 * (force-color.org), then the terminal. */
function wantsColours(isOne: boolean, env: Env, colours: Colours): boolean {
  if (colours !== 'auto') return colours === 'always'
  if (env.NO_COLOR) return false
  const forced = env.FORCE_COLOR
  if (forced !== undefined && forced !== '') {
    return forced !== '0' && forced !== 'false'
  }
  return isOne && env.TERM !== 'dumb'
}

/** Programs that follow OSC 8, and since when, as supports-hyperlinks has it. */
const PROGRAMS: Readonly<Record<string, readonly [number, number]>> = {
  'iTerm.app': [3, 1],
  WezTerm: [20200620, 0],
  vscode: [1, 72],
  ghostty: [1, 0],
  zed: [0, 0],
}

const TERMS = /^(?:xterm-kitty|xterm-ghostty|alacritty|foot|contour)/

function followsLinks(isOne: boolean, env: Env): boolean {
  const { FORCE_HYPERLINK: forced, TERM_PROGRAM: program = '' } = env
  if (forced !== undefined && forced !== '') return forced !== '0'
  if (!isOne || env.TERM === 'dumb' || env.CI || env.TEAMCITY_VERSION) {
    return false
  }
  // A multiplexer passes nothing on, unless it is told to.
  if (env.TMUX || /^(?:screen|tmux)/.test(env.TERM ?? '')) return false
  if (env.WT_SESSION || env.KONSOLE_VERSION || env.DOMTERM) return true
  const since = Object.hasOwn(PROGRAMS, program) ? PROGRAMS[program] : undefined
  if (since) return isAtLeast(env.TERM_PROGRAM_VERSION ?? '', since)
  // 0.50.0 crashes on links.
  const vte = readVte(env.VTE_VERSION)
  if (vte !== undefined) return vte > 5000
  return TERMS.test(env.TERM ?? '')
}

function isAtLeast(
  version: string,
  [major, minor]: readonly [number, number],
): boolean {
  const [here = 0, below = 0] = version.split(/[.-]/).map(Number)
  return here > major || (here === major && below >= minor)
}

/** "6800", or "0.68.0" as some write it. */
function readVte(version: string | undefined): number | undefined {
  if (!version) return undefined
  if (/^\d{3,4}$/.test(version)) return Number(version)
  const [, minor = 0, patch = 0] = version.split('.').map(Number)
  return minor * 100 + patch
}
