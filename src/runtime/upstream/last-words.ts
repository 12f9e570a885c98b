// The line of a program's stderr that says why it ended.
// In: its lines, as they come. Out: one of them.
// INVARIANT: constant memory; a line that names an error goes before one that
// only surrounds it, and is forgotten when many others follow.

/** Lines about an error that do not name it: frames, fields, advice, logs. */
const ASIDES: readonly RegExp[] = [
  // npm
  /^(?:code|syscall|errno|path|dest|argv|cwd) \S/,
  /^(?:This is a problem related|In most cases|If you are behind|'proxy' config)/,
  /^(?:Note that you can also|tarball, folder, http)/,
  /^(?:A complete log of this run|Log files were)/,
  /^npm (?:notice|warn|WARN)\b/,
  // Node
  /^at (?:\S.*[:(<]|\S+$)/,
  /^(?:node:internal\/|file:\/\/|\/)\S*:\d+(?::\d+)?$/,
  /^(?:Node\.js v\d|throw |Require stack:|- [./]|\[cause\])/,
  /^(?:code|errno|syscall|address|port|type|path|hostname|requireStack): /,
  /^\(node:\d+\)|^\(Use `node --trace/,
  // Python
  /^(?:Traceback \(most recent call last\):|File ".*", line \d+)/,
  /^(?:The above exception|During handling of the above)/,
  // Java, uv, Rust
  /^(?:Caused by:|\.\.\. \d+ more|note: run with `RUST_BACKTRACE|stack backtrace:)/,
  // Go
  /^(?:goroutine \d+ \[|exit status \d+$|\[signal |created by )|\.go:\d+ \+0x/,
  /^[\w./*()]+\([^ ]*\)$/,
  // docker
  /^(?:See|Run) 'docker [^']*'/,
  // Marks below a line, brackets, nothing
  /^[\s^~|{}[\](),;.=_*-]*$/,
]

/** Lines that name an error. */
const NAMED: readonly RegExp[] = [
  /^(?:Uncaught )?(?:[\w$]+[.:])*\w*(?:Error|Exception)(?: \[\w+\])?: /,
  /^Exception in thread /,
  /^(?:error|fatal|fatal error|panic|critical)\b[^:]{0,40}:/i,
  /\b(?:ERROR|FATAL|CRITICAL)\b/,
  /\b(?:Error response from daemon|Cannot connect to|No module named)\b/,
  /\b(?:not found\b|[Pp]ermission denied|[Nn]o such file|cannot execute)/,
  /\b(?:is not in this registry|could not determine executable|failed: |failed, reason: )/,
  /^called `\w+::\w+\(\)` on /,
]

/** Lines that hint at one. */
const HINT =
  /\b(?:cannot|can't|could not|couldn't|unable|failed|missing|required?|must|invalid|denied|refused|unknown|not (?:set|defined|supported|installed)|no such)\b/i

/** What npm writes before each of its lines. */
const NPM = /^npm (?:error|ERR!) ?(?:(?:\d{3}|network) ?)?\s*/

/** After so many other lines, an error was not the cause of the end. */
const FOLLOWING = 8

interface Heard {
  readonly line: string
  readonly at: number
}

export class LastWords {
  #count = 0
  #named: Heard | undefined
  #hint: Heard | undefined
  #plain = ''
  #aside = ''

  add(line: string): void {
    const bare = line.replace(NPM, '')
    if (ASIDES.some((one) => one.test(bare))) {
      this.#aside ||= line
      return
    }
    const heard = { line, at: ++this.#count }
    if (NAMED.some((one) => one.test(bare))) this.#named = heard
    else if (HINT.test(bare)) this.#hint = heard
    else this.#plain = line
  }

  /** '' where it said nothing. */
  get text(): string {
    const near = [this.#named, this.#hint].find(
      (one) => one && this.#count - one.at <= FOLLOWING,
    )
    return near?.line ?? (this.#plain || this.#hint?.line || this.#aside)
  }
}
