// What the sealed child returns for a bundle.
// In: nothing. Out: types.
// INVARIANT: the parent checks it like any other input.

export type Answer =
  | {
      readonly value: unknown
      /** Pointers of members that are undefined and therefore left out. */
      readonly absent: readonly string[]
    }
  | Strangeness
  | { readonly differs: string }
  | Thrown
  | { readonly stopped: Stop; readonly stack?: string }

/** `pending`: waits for a promise that is never resolved. */
export type Stop = 'time' | 'memory' | 'size' | 'values' | 'pending'

export interface Strangeness {
  readonly strange: readonly Strange[]
  readonly absent: readonly string[]
}

/** A value that is not plain data: its place and its kind. */
export interface Strange {
  readonly pointer: string
  readonly what: string
}

export interface Thrown {
  readonly thrown: string
  readonly stack: string
}

/** Name of the bundle in stack frames. */
export const BUNDLE_NAME = 'gateway-bundle'
