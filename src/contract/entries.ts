// What an entry may contain, as an author writes it: tools, resources, prompts,
// and conditions on arguments.
// In: nothing. Out: only types; editors show their JSDoc on hover.
// INVARIANT: two keys that exclude each other are an error in the editor too.

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
  /** A text that matches this pattern: `*` stands for any characters, also `/`.
   * A text that may lead to another place than it shows never matches. */
  readonly glob: string
}

interface MinConfig extends Omit<NoOperator, 'min' | 'max'> {
  /** A number that is at least this. */
  readonly min: number
  /** A number that is at most this. */
  readonly max?: number
}

interface MaxConfig extends Omit<NoOperator, 'min' | 'max'> {
  /** A number that is at least this. */
  readonly min?: number
  /** A number that is at most this. */
  readonly max: number
}

/** A constraint on one argument: one operator, or `min` with `max`. */
export type ConstraintConfig =
  | EqualsConfig
  | InConfig
  | GlobConfig
  | MinConfig
  | MaxConfig

/** Argument → constraint. An argument is a top-level name, or a JSON pointer if
 * it begins with `/`. All constraints must hold. */
export type WhenConfig = Readonly<Record<string, ConstraintConfig>>

interface ToolSelector<S extends string> {
  /** Tools by the names that the server gives them. */
  readonly tool: ToolPattern<S>
  readonly when?: never
  readonly resource?: never
  readonly prompt?: never
}

interface ToolEntry<S extends string> extends Omit<ToolSelector<S>, 'when'> {
  /** Only with arguments that meet these constraints. */
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
  /** Prompts by the names that the server gives them. */
  readonly prompt: string
  readonly tool?: never
  readonly when?: never
  readonly resource?: never
}

/** What an entry names. A pattern consists of literal characters and `*`. Names
 * are the server's own names, never the exposed ones. */
export type SelectorConfig<S extends string = string> =
  | ToolPattern<S>
  | ToolSelector<S>
  | ResourceSelector
  | PromptSelector

/** A selector that may also constrain the arguments of a tool. */
export type EntryConfig<S extends string = string> =
  | ToolPattern<S>
  | ToolEntry<S>
  | ResourceSelector
  | PromptSelector

/** Server → its entries. A server that is not named selects nothing. */
export type EntriesConfig<S extends string = string> = {
  readonly [Name in S]?: readonly EntryConfig<Name>[]
}

/** Like EntriesConfig, but without conditions on arguments. */
export type SelectorsConfig<S extends string = string> = {
  readonly [Name in S]?: readonly SelectorConfig<Name>[]
}
