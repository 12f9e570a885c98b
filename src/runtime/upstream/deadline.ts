// Adds a time limit to a promise, and waits.
// INVARIANT: the timer ends with the promise.

import type { Failure } from './failure.ts'

export async function withDeadline<T>(
  promise: Promise<T>,
  ms: number,
  detail: string,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject({ kind: 'timeout', detail } satisfies Failure)
    }, ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })
}
