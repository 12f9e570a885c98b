// Packages that a command fetches and runs: `npx -y name@1.2.3`.
// In: a stdio server. Out: the packages that its arguments name.
// INVARIANT: pinned means one exact version; a range or a tag is not.

import type { StdioServer } from '../../contract/table.ts'

export interface Package {
  readonly text: string
  /** Into `args`. */
  readonly index: number
  readonly pinned: boolean
}

/** Runner → words that must come first, and whether it is Python's. */
const RUNNERS: Readonly<
  Record<string, { readonly words: readonly string[]; readonly python?: true }>
> = Object.freeze({
  npx: { words: [] },
  bunx: { words: [] },
  pnpx: { words: [] },
  pnpm: { words: ['dlx'] },
  yarn: { words: ['dlx'] },
  npm: { words: ['exec', 'x'] },
  uvx: { words: [], python: true },
  pipx: { words: ['run'], python: true },
})

/** Flags that take the next argument, which is no package. */
const WITH_VALUE = ['--registry', '--cache', '--python', '--index-url', '-c']

export function readPackages({
  command,
  args,
}: Pick<StdioServer, 'command' | 'args'>): readonly Package[] {
  const program =
    command
      .split(/[\\/]/)
      .at(-1)
      ?.replace(/\.(?:cmd|exe)$/, '') ?? ''
  const runner = Object.hasOwn(RUNNERS, program) ? RUNNERS[program] : undefined
  if (!runner) return []
  const start = runner.words.length === 0 ? 0 : 1
  if (start === 1 && !runner.words.includes(args[0] ?? '')) return []
  const named: Package[] = []
  const add = (text: string, index: number) => {
    named.push({ text, index, pinned: isPinned(text, runner.python) })
  }
  for (let index = start; index < args.length; index++) {
    const arg = args[index] ?? ''
    const [, inline] = /^(?:--package|--from|-p)=(.+)$/.exec(arg) ?? []
    if (inline !== undefined) add(inline, index)
    else if (['-p', '--package', '--from'].includes(arg)) {
      index++
      add(args[index] ?? '', index)
    } else if (WITH_VALUE.includes(arg)) index++
    else if (!arg.startsWith('-')) {
      // With --package, the first word is a command of that package.
      if (named.length === 0) add(arg, index)
      break
    }
  }
  return named.filter(({ text }) => !/^(?:[./~]|file:)|^$/.test(text))
}

const EXACT = /\d+\.\d+(?:\.\d+)?[\w.+-]*$/

function isPinned(text: string, python = false): boolean {
  if (/^(?:git\+|https?:|github:)/.test(text)) {
    return /[#@][0-9a-f]{40}$/.test(text)
  }
  if (python) return new RegExp(`(?:==|@)${EXACT.source}`).test(text)
  return /.@v?\d+\.\d+\.\d+[\w.+-]*$/.test(text)
}
