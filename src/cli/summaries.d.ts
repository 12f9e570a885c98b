// What `gateway --help` prints of each verb. `npm run build` writes the module
// from the verbs.
// In: nothing. Out: the verbs, in the order of the help.
// INVARIANT: holds no code, so that the help loads no verb.

export interface Summary {
  readonly name: string
  readonly summary: string
  /** As commander reads them: `<config>`, `[servers...]`. */
  readonly args: readonly string[]
  readonly hasOptions: boolean
}

export declare const SUMMARIES: readonly Summary[]
