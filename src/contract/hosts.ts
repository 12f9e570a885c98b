// Host names that never leave this machine.
// In: a host, as a URL or a listener has it. Out: whether it is loopback.
// INVARIANT: judges the text; nothing is resolved.

export function isLoopback(host: string): boolean {
  return (
    /^127(?:\.\d{1,3}){3}$/.test(host) ||
    ['localhost', '::1', '[::1]'].includes(host)
  )
}
