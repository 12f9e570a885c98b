// What a malformed text was probably meant to be.
// In: the text as written. Out: a text of the right form, or undefined.
// INVARIANT: a guess has the same meaning as the text; an ambiguous text has no
// guess.

type Units = readonly (readonly [unit: string, worth: number, also: RegExp])[]

/** From the largest down: the first unit that divides is the shortest. */
const DURATIONS: Units = Object.freeze([
  ['d', 86_400_000, /^d(?:ays?)?$/],
  ['h', 3_600_000, /^h(?:rs?|ours?)?$/],
  ['m', 60_000, /^m(?:ins?|inutes?)?$/],
  ['s', 1000, /^s(?:ecs?|econds?)?$/],
  ['ms', 1, /^(?:ms|msecs?|milliseconds?)$/],
] as const)

const SIZES: Units = Object.freeze([
  ['GiB', 2 ** 30, /^gib$/],
  ['GB', 1e9, /^g(?:b|igabytes?)?$/],
  ['MiB', 2 ** 20, /^mib$/],
  ['MB', 1e6, /^m(?:b|egabytes?)?$/],
  ['KiB', 2 ** 10, /^kib$/],
  ['kB', 1e3, /^k(?:b|ilobytes?)?$/],
  ['B', 1, /^b(?:ytes?)?$/],
] as const)

const WEEK = /^(\d{1,4}) ?w(?:eeks?)?$/i

/** `5 minutes` → `5m`, `1.5h` → `90m`. */
export function guessDuration(text: string): string | undefined {
  const weeks = WEEK.exec(text.trim())?.[1]
  if (weeks !== undefined) return `${Number(weeks) * 7}d`
  return convert(text, DURATIONS)
}

/** `10mb` → `10MB`, `1.5MiB` → `1536KiB`. */
export function guessSize(text: string): string | undefined {
  return convert(text, SIZES)
}

/** `MyServer_2` → `myserver-2`, `Größe` → `grosse`, `2fast` → `n2fast`. */
export function guessName(text: string): string | undefined {
  const name = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .replace(/^(?=\d)/, 'n')
    .slice(0, 32)
    .replace(/-+$/, '')
  return /^[a-z][a-z0-9-]{0,31}$/.test(name) ? name : undefined
}

/** A single address is a block of its own. */
export function guessBlock(text: string): string | undefined {
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(text)) return `${text}/32`
  return /^[0-9a-f]*:[0-9a-f:]*$/i.test(text) ? `${text}/128` : undefined
}

/** `https://MCP.example.com/` → `mcp.example.com`. */
export function guessHost(text: string): string | undefined {
  const [, host] =
    /^(?:https?:\/\/)?([\w.-]+(?::\d{1,5})?)\/?$/i.exec(text) ?? []
  if (host !== undefined) return host.toLowerCase()
  const [, address] =
    /^\[?([0-9a-f]*:[0-9a-f]*:[0-9a-f:]*)\]?$/i.exec(text) ?? []
  return address && `[${address.toLowerCase()}]`
}

/** `https://Chat.example.com/app` → `https://chat.example.com`. */
export function guessOrigin(text: string): string | undefined {
  const [, scheme = 'https://', host] =
    /^(https?:\/\/)?((?:[\w-]+\.)+[a-z]{2,}(?::\d{1,5})?)(?:\/[\w./-]*)?$/i.exec(
      text,
    ) ?? []
  return host && (scheme + host).toLowerCase()
}

/** A host without a scheme, from a text that is only an address. */
export function guessUrl(text: string): string | undefined {
  const [, host] =
    /^(?:\/\/)?((?:[\w-]+\.)+[a-z]{2,}|localhost|127\.0\.0\.1)(?::\d+)?(?:\/[\w./-]*)?$/i.exec(
      text,
    ) ?? []
  if (host === undefined) return undefined
  const scheme = /^(?:localhost|127)/i.test(host) ? 'http' : 'https'
  return `${scheme}://${text.replace(/^\/\//, '')}`
}

/** `$TOKEN` or `process.env.TOKEN` → `env:TOKEN`. Only for the forms of
 * variables and mounted files: any other text may be the secret. */
export function guessReference(text: string): string | undefined {
  const named =
    /^(?:\$?\{?(?:env[:.])?|process\.env\.)([A-Z][A-Z0-9_-]{2,40})\}?$/.exec(
      text,
    )?.[1]
  if (named !== undefined) return `env:${named.replaceAll('-', '_')}`
  return /^\/(?:run|etc|var)\/[\w./-]+$/.test(text) ? `file:${text}` : undefined
}

/** Milliseconds in the largest unit that divides them: 60000 → `1m`. */
export function formatMilliseconds(total: number): string | undefined {
  const fit = DURATIONS.find(([, worth]) => total % worth === 0)
  return fit && total > 0 ? `${total / fit[1]}${fit[0]}` : undefined
}

function convert(text: string, units: Units): string | undefined {
  const [, count, word = ''] =
    /^(\d{1,9}(?:\.\d{1,3})?) ?([a-z]+)$/i.exec(text.trim()) ?? []
  const meant = units.find(([, , also]) => also.test(word.toLowerCase()))
  if (count === undefined || !meant) return undefined
  const [unit, worth] = meant
  if (!count.includes('.')) return `${Number(count)}${unit}`
  const total = Math.round(Number(count) * worth)
  // A size keeps its family of units: powers of 1000 or of 1024.
  const binary = unit.includes('i')
  const [shorter, divisor] =
    units.find(
      ([name, one]) =>
        total % one === 0 && (one === 1 || name.includes('i') === binary),
    ) ?? meant
  return total > 0 ? `${total / divisor}${shorter}` : undefined
}
