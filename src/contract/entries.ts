// What an entry may say, as an author writes it: tools, resources, prompts, and
// conditions on arguments.
// In: nothing. Out: types alone; their JSDoc is the editor's hover text.
// INVARIANT: two keys that do not go together are an error in the editor too.

import type { ToolPattern } from './tools.ts'

/** What a tool's arguments are compared with. */
export type Scalar = string | number | boolean | null

interface NoOperator {
  readonly equals?: never
  readonly in?: never
  readonly glob?: never
  readonly min?: never
  readonly max?: never
}

interface EqualsConfig extends Omit<NoOperator, 'equals'> {
  /** Exactly this. */
  readonly equals: Scalar
}

interface InConfig extends Omit<NoOperator, 'in'> {
  /** One of these. */
  readonly in: readonly Scalar[]
}

interface GlobConfig extends Omit<NoOperator, 'glob'> {
  /** A text that matches this pattern: `*` stands for any run of characters,
   * `/` too. A text that may lead elsewhere than it is spelt never does. */
  readonly glob: string
}

interface MinConfig extends Omit<NoOperator, 'min' | 'max'> {
  /** A number, at least this. */
  readonly min: number
  /** A number, at most this. */
  readonly max?: number
}

interface MaxConfig extends Omit<NoOperator, 'min' | 'max'> {
  /** A number, at least this. */
  readonly min?: number
  /** A number, at most this. */
  readonly max: number
}

/** One constraint on one argument: one operator, or `min` with `max`. */
export type ConstraintConfig =
  | EqualsConfig
  | InConfig
  | GlobConfig
  | MinConfig
  | MaxConfig

/** Argument → what it must be: a top-level name, or a JSON pointer when it
 * begins with `/`. All must hold. */
export type WhenConfig = Readonly<Record<string, ConstraintConfig>>

interface ToolSelector<S extends string> {
  /** Tools by the server's own name. */
  readonly tool: ToolPattern<S>
  readonly when?: never
  readonly resource?: never
  readonly prompt?: never
}

interface ToolEntry<S extends string> extends Omit<ToolSelector<S>, 'when'> {
  /** Only with such arguments. */
  readonly when?: WhenConfig
}

interface ResourceSelector {
  /** Resources by URI. */
  readonly resource: string
  readonly tool?: never
  readonly when?: never
  readonly prompt?: never
}

interface PromptSelector {
  /** Prompts by the server's own name. */
  readonly prompt: string
  readonly tool?: never
  readonly when?: never
  readonly resource?: never
}

/** What an entry names. Patterns are literal characters and `*`, nothing
 * else. Names are the server's own, never the exposed ones. */
export type SelectorConfig<S extends string = string> =
  | ToolPattern<S>
  | ToolSelector<S>
  | ResourceSelector
  | PromptSelector

/** A selector that may also constrain a tool's arguments. */
export type EntryConfig<S extends string = string> =
  | ToolPattern<S>
  | ToolEntry<S>
  | ResourceSelector
  | PromptSelector

/** Server → what of it. A server that is not named has nothing selected. */
export type EntriesConfig<S extends string = string> = {
  readonly [Name in S]?: readonly EntryConfig<Name>[]
}

/** As EntriesConfig, without conditions on arguments. */
export type SelectorsConfig<S extends string = string> = {
  readonly [Name in S]?: readonly SelectorConfig<Name>[]
}
