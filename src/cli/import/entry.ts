// One server as a file of a client describes it, in one shape for all clients.
// In: nothing. Out: only types.
// INVARIANT: texts are as the file has them, secrets too: only turn.ts reads
// values, and nothing of them leaves it but references.

/** Where something is written. */
export interface Origin {
  readonly file: string
  /** Name of the client or of the form. */
  readonly form: string
  /** Keys from the top of the file: `mcpServers.github`. */
  readonly path: string
  readonly line: number
}

/** Keys from the top, as a message shows them. */
export function showKeys(path: string): string {
  return path.length > 120 ? `${path.slice(0, 119)}…` : path
}

/** Something of a file that the config does not contain. */
export interface Dropped {
  readonly origin: Origin
  /** Below the server: `alwaysAllow`; '' for the server itself. */
  readonly key: string
  readonly why: string
}

/** A value that somebody types in: `inputs` of VS Code, variables of others. */
export interface Input {
  readonly id: string
  readonly isSecret: boolean
}

/** What the client says about signing in; the secret is a literal. */
export interface SignIn {
  readonly id?: string
  readonly clientSecret?: string
  readonly scopes?: readonly string[]
  readonly resource?: string
}

export interface Entry {
  readonly origin: Origin
  /** As it is written. */
  readonly name: string
  title?: string
  description?: string
  command?: string
  args: readonly string[]
  /** Undefined: only the name is known, the value comes from elsewhere. */
  env: Map<string, string | undefined>
  cwd?: string
  envFile?: string
  url?: string
  headers: Map<string, string>
  auth?: SignIn
  /** The client signs in when the server wants it. */
  signsInIfAsked?: boolean
  disabled: boolean
  /** Milliseconds. */
  timeout?: number
  startupTimeout?: number
  /** Tools that the client may or may not call. */
  allow?: readonly string[]
  deny?: readonly string[]
  /** Names of variables and headers whose values are secret in any case. */
  readonly secrets: Set<string>
  /** By the key of the config that they are about; '' for the server. */
  readonly questions: Map<string, readonly string[]>
  readonly dropped: Dropped[]
}

export function makeEntry(name: string, origin: Origin): Entry {
  return {
    origin,
    name,
    args: [],
    env: new Map(),
    headers: new Map(),
    disabled: false,
    secrets: new Set(),
    questions: new Map(),
    dropped: [],
  }
}

/** Beside others about the same key. */
export function ask(
  { questions }: Pick<Entry, 'questions'>,
  about: string,
  text: string,
): void {
  const before = questions.get(about) ?? []
  if (!before.includes(text)) questions.set(about, [...before, text])
}

export function drop(entry: Entry, key: string, why: string): void {
  entry.dropped.push({ origin: entry.origin, key, why })
}
