// A browser on its way to the company's provider, and back.
// In: the cookies of a request. Out: what the browser is known by; its cookies.
// INVARIANT: the same for all that it does at once: one tab does not end another.

import type { ConnectContext } from './context.ts'
import type { Carried } from './cookies.ts'
import { makeBrowser } from './session.ts'

type Parts = Pick<ConnectContext, 'cookies' | 'runtime'>

/** Undefined: it has not begun anything. */
export function readBrowser(
  { cookies, runtime }: Parts,
  header: string | undefined,
): string | undefined {
  const now = runtime.clock.now()
  return cookies.read<Carried>(header, 'login', now)?.browser
}

export function bindBrowser(
  { cookies, runtime }: Parts,
  header: string | undefined,
): { readonly browser: string; readonly cookies: readonly string[] } {
  const issued = runtime.clock.now()
  const found = cookies.read<Carried>(header, 'login', issued)
  const browser = found?.browser ?? makeBrowser()
  return {
    browser,
    cookies: cookies.write('login', { issued, browser }, issued),
  }
}
