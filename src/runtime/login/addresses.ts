// The addresses of a login that an operator registers at the provider by hand.
// In: the origin of the gateway. Out: addresses below it.
// INVARIANT: they stay the same from version to version.

export const MOUNT = '/login'

/** OpenID Connect Back-Channel Logout: where the provider reports logouts. */
export const LOGOUT_PATH = `${MOUNT}/backchannel-logout`

export function logoutOf(origin: string): string {
  return origin + LOGOUT_PATH
}

/** Where the provider sends browsers back to, with `login.server`. */
export function redirectOf(origin: string): string {
  return `${origin}${MOUNT}/callback`
}
