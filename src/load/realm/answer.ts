// What the sealed child says of a bundle.
// In: nothing. Out: types.
// INVARIANT: judged by the parent like any other input.

export type Answer =
  | {
      readonly value: unknown
      /** Pointers of members that are undefined, and so left out. */
      readonly absent: readonly string[]
    }
  | Strangeness
  | { readonly differs: string }
  | Thrown
  | { readonly stopped: Stop; readonly stack?: string }

/** `pending`: awaits what never comes. */
export type Stop = 'time' | 'memory' | 'size' | 'values' | 'pending'

export interface Strangeness {
  readonly strange: readonly Strange[]
  readonly absent: readonly string[]
}

/** A value that is not plain data: where, and what it is. */
export interface Strange {
  readonly pointer: string
  readonly what: string
}

export interface Thrown {
  readonly thrown: string
  readonly stack: string
}

/** How stack frames name the bundle. */
export const BUNDLE_NAME = 'gateway-bundle'
