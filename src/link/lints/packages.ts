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

/** Runner → words that must come first, and whether it runs Python. */
const RUNNERS: Readonly<
  Record<string, { readonly words: readonly string[]; readonly python?: true }>
> = Object.freeze({
  npx: { words: [] },
  bunx: { words: [] },
  bun: { words: ['x'] },
  pnpx: { words: [] },
  pnpm: { words: ['dlx'] },
  yarn: { words: ['dlx'] },
  npm: { words: ['exec', 'x'] },
  uvx: { words: [], python: true },
  pipx: { words: ['run'], python: true },
})

/** Flags that take the next argument, which is not a package. */
const WITH_VALUE = [
  '--registry',
  '--cache',
  '--python',
  '--index-url',
  '--with',
  '-c',
]

interface Word {
  readonly text: string
  readonly index: number
}

export function readPackages({
  command,
  args,
}: Pick<StdioServer, 'command' | 'args'>): readonly Package[] {
  const words = args.map((arg, index) => ({
    text: typeof arg === 'string' ? arg : '',
    index,
  }))
  return readCommand([{ text: command, index: 0 }, ...words])
}

function readCommand(words: readonly Word[]): readonly Package[] {
  const [first, ...rest] = words
  if (!first) return []
  const [last = ''] = first.text.split(/[\\/]/).slice(-1)
  const program = last.replace(/\.(?:cmd|exe)$/, '')
  if (/^(?:ba|da|z|k)?sh$|^cmd$|^env$/.test(program)) return readWrapped(rest)
  if (IMAGES.includes(program)) return readImage(rest)
  if (program === 'deno') return readSpecifiers(rest)
  if (program === 'uv') return readUv(rest)
  const runner = Object.hasOwn(RUNNERS, program) ? RUNNERS[program] : undefined
  return runner ? readRunner(rest, runner) : []
}

/** `sh -c 'npx x'`, `cmd /c npx x`, `env A=b npx x`. */
function readWrapped(words: readonly Word[]): readonly Package[] {
  const begin = words.findIndex(({ text }) => !/^[-/]|^\w+=/.test(text))
  const [script, ...more] = begin === -1 ? [] : words.slice(begin)
  if (!script) return []
  if (more.length > 0 && !/\s/.test(script.text)) {
    return readCommand([script, ...more])
  }
  return script.text.split(/[;&|\n]+/).flatMap((part) => {
    const texts = part
      .trim()
      .split(/\s+/)
      .filter((text) => text !== 'exec')
    return readCommand(texts.map((text) => ({ text, index: script.index })))
  })
}

const IMAGES: readonly string[] = ['docker', 'podman', 'nerdctl']

/** Flags of `docker run` without a value; others take the next word. */
const SWITCHES =
  /^(?:-[itdPq]+|--(?:rm|init|interactive|tty|detach|privileged|read-only|publish-all|quiet|no-healthcheck|oom-kill-disable|sig-proxy|tls-verify|replace))$/

/** An image without a tag or a digest changes with the next push. */
function readImage(words: readonly Word[]): readonly Package[] {
  const run = words.findIndex(({ text }) => text === 'run')
  if (run === -1) return []
  for (let at = run + 1; at < words.length; at++) {
    const { text, index } = words[at] as Word
    if (text.startsWith('-')) {
      if (!text.includes('=') && !SWITCHES.test(text)) at++
      continue
    }
    const tag = /:([^/:@]+)$/.exec(text.replace(/@.*/, ''))?.[1]
    const pinned = text.includes('@sha256:') || (tag ?? 'latest') !== 'latest'
    return text === '' ? [] : [{ text, index, pinned }]
  }
  return []
}

function readSpecifiers(words: readonly Word[]): readonly Package[] {
  const found = words.find(({ text }) => /^(?:npm|jsr):/.test(text))
  if (!found) return []
  return [{ ...found, pinned: isPinned(found.text) }]
}

/** `uv tool run X` is `uvx X`; `uv run --with X` adds packages to a project. */
function readUv(words: readonly Word[]): readonly Package[] {
  const [first, second] = words.map(({ text }) => text)
  if (first === 'tool' && second === 'run') {
    return readRunner(words.slice(2), { words: [], python: true })
  }
  return first === 'run' ? readAdded(words) : []
}

/** Python packages after `--with`. */
function readAdded(words: readonly Word[]): readonly Package[] {
  return words.flatMap(({ text, index }, at) => {
    const [, inline] = /^--with=(.+)$/.exec(text) ?? []
    const named = inline ?? (words[at - 1]?.text === '--with' ? text : '')
    return named
      .split(',')
      .filter((one) => one !== '')
      .map((one) => ({ text: one, index, pinned: isPinned(one, true) }))
  })
}

function readRunner(
  words: readonly Word[],
  runner: (typeof RUNNERS)[string],
): readonly Package[] {
  const start = runner.words.length === 0 ? 0 : 1
  if (start === 1 && !runner.words.includes(words[0]?.text ?? '')) return []
  const named: Package[] = []
  const add = (text: string, index: number) => {
    named.push({ text, index, pinned: isPinned(text, runner.python) })
  }
  for (let at = start; at < words.length; at++) {
    const { text, index } = words[at] as Word
    const [, inline] = /^(?:--package|--from|-p)=(.+)$/.exec(text) ?? []
    if (inline !== undefined) add(inline, index)
    else if (['-p', '--package', '--from'].includes(text)) {
      at++
      const next = words[at]
      if (next) add(next.text, next.index)
    } else if (WITH_VALUE.includes(text)) at++
    else if (!text.startsWith('-')) {
      // With --package, the first word is a command of that package.
      if (named.length === 0) add(text, index)
      break
    }
  }
  if (runner.python) named.push(...readAdded(words))
  return named.filter(({ text }) => !/^(?:[./~]|file:)|^$/.test(text))
}

const EXACT = /\d+\.\d[\w.+-]*$/

function isPinned(text: string, python = false): boolean {
  if (/^(?:git\+|https?:|github:)/.test(text)) {
    return /[#@][0-9a-f]{40}$/.test(text)
  }
  if (python) return new RegExp(`(?:==|@)${EXACT.source}`).test(text)
  return /.@v?\d+\.\d+\.\d[\w.+-]*$/.test(text)
}
