// What a process passes to a verb, as a verb uses it.
// In: streams, environment, arguments. Out: an Io.
// INVARIANT: what a stream can show is decided here, once for all verbs.

import { Failure, wantsDocument } from './failure.ts'
import { Screen } from './screen.ts'
import { COLOURS, type Colours, lookOf } from './terminal.ts'
import type { Io, Surroundings } from './verb.ts'

export function openIo(argv: readonly string[], given: Surroundings): Io {
  const { env } = given
  const colours = findColours(argv)
  const failure = new Failure(wantsDocument(argv))
  const [stdout, stderr] = [given.stdout, given.stderr].map(
    (stream) => new Screen(stream, () => lookOf(stream, env, colours)),
  ) as [Screen, Screen]
  if (failure.isWanted) stderr.record()
  return { ...given, stdout, stderr, failure }
}

/** Before commander, which may have something to say in colour. */
function findColours(argv: readonly string[]): Colours {
  const at = argv.findLastIndex((flag) => /^--color(?:=|$)/.test(flag))
  const value = argv[at]?.split('=')[1] ?? argv[at + 1]
  return COLOURS.find((one) => at !== -1 && one === value) ?? 'auto'
}
