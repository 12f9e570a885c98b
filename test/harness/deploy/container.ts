// A container file as a parser of npm reads it.
// In: its instructions. Out: what the image runs, and as whom.

import type { Dockerfile } from 'dockerfile-ast'

export interface ContainerFile {
  readonly user: string
  readonly base: string
  /** Whether each of these instructions is a JSON array, which no shell reads. */
  isExec(instruction: string): boolean
}

export function readContainer(file: Dockerfile): ContainerFile {
  const all = file.getInstructions().map((one) => ({
    name: one.getKeyword(),
    text: one.getArgumentsContent() ?? '',
  }))
  const last = (name: string) => all.findLast((one) => one.name === name)
  return {
    user: last('USER')?.text ?? 'root',
    base: last('ARG')?.text ?? '',
    isExec: (name) => {
      const found = all.filter((one) => one.name === name)
      return found.length > 0 && found.every(({ text }) => endsInList(text))
    },
  }
}

function endsInList(text: string): boolean {
  const [list] = /\[.*\]$/s.exec(text) ?? []
  if (list === undefined) return false
  const words: unknown = JSON.parse(list)
  return Array.isArray(words) && words.every((word) => typeof word === 'string')
}
