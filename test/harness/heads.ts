// Which rooms of src the head comments of the tests name.
// In: sources, and files of tests. Out: one sentence for each room that no
// head names, and for each name that is no room.

import type { Source } from './imports.ts'
import { roomOf } from './layout.ts'

export function findUnnamedRooms(
  sources: readonly Source[],
  tests: readonly Source[],
): readonly string[] {
  const rooms = new Set(sources.map(({ path }) => roomOf(path)))
  const named = new Set(tests.flatMap(readNamed))
  return [...rooms]
    .filter((room) => !named.has(room))
    .map((room) => `no head of a test names src/${room}`)
    .sort()
}

export function findWrongNames(
  sources: readonly Source[],
  tests: readonly Source[],
): readonly string[] {
  const rooms = new Set(sources.map(({ path }) => roomOf(path)))
  return tests.flatMap((test) =>
    readNamed(test)
      .filter((name) => !rooms.has(name))
      .map((name) => `${test.path} names src/${name}, which is no room`),
  )
}

export function findHeadless(tests: readonly Source[]): readonly string[] {
  return tests
    .filter((test) => readHead(test) === '')
    .map(({ path }) => `${path} does not begin with a comment`)
}

/** Rooms after the word `Covers`: `src/check` → `check`. */
function readNamed(test: Source): readonly string[] {
  const [, covered = ''] = /\bCovers (src\/.*)$/.exec(readHead(test)) ?? []
  return [...covered.matchAll(/\bsrc\/([\w-]+(?:\/[\w-]+)*)/g)].map(
    ([, room = '']) => room,
  )
}

/** The comment that a file begins with, as one line. */
function readHead({ text }: Source): string {
  const [head = ''] = /^(?:\/\/.*\n)*/.exec(text) ?? []
  return head.replaceAll(/^\/\/ ?|\n/gm, ' ').trim()
}
