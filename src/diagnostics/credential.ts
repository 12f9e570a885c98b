// The forms of credentials, so that no output repeats one.
// In: a text. Out: whether it contains one; or the text without it.
// INVARIANT: only well-known forms (check/secrets.ts uses entropy); no pattern
// reads on without a bound.

const FORMS: readonly RegExp[] = [
  /gh[pousr]_[A-Za-z0-9]{10,}/,
  /github_pat_[A-Za-z0-9_]{10,}/,
  /glpat-[A-Za-z0-9_-]{10,}/,
  /xox[a-z]-[A-Za-z0-9-]{8,}/,
  /xapp-[A-Za-z0-9-]{8,}/,
  /sk-[A-Za-z0-9_-]{16,}/,
  /[rs]k_(?:live|test)_[A-Za-z0-9]{10,}/,
  /AKIA[0-9A-Z]{16}/,
  /AIza[A-Za-z0-9_-]{30,}/,
  /npm_[A-Za-z0-9]{30,}/,
  /eyJ[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?)?/,
  /gwt_[a-z0-9]{12}_[0-9A-Za-z]{49}/,
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----/,
]

const ANY = new RegExp(
  `(?<![A-Za-z0-9])(?:${FORMS.map(({ source }) => source).join('|')})`,
)

const EVERY = new RegExp(ANY, 'g')

export function looksLikeCredential(text: string): boolean {
  return ANY.test(text)
}

/** The text with every credential in it replaced. */
export function maskCredentials(text: string): string {
  return text.replaceAll(EVERY, '•••')
}

/** User text as a message may show it: in backticks, masked, not too long. */
export function quote(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
  const shown = maskCredentials(text.slice(0, MAX_READ))
  if (text.length <= MAX_READ && shown.length <= 60) return `\`${shown}\``
  // The cut end may be a part of a credential, which no form matches.
  const end = Math.min(57, shown.length - LONGEST_START)
  return `\`${shown.slice(0, text.length > MAX_READ ? end : 57)}…\``
}

/** Characters of a text that a message may show; characters that identify the
 * longest form. */
const MAX_READ = 4096
const LONGEST_START = 128
