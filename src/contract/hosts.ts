// Host names: which never leave this machine, and which are the same.
// In: a host, as a URL, a listener or a request has it. Out: what it is.
// INVARIANT: judges the text; nothing is resolved.

export function isLoopback(host: string): boolean {
  return (
    /^127(?:\.\d{1,3}){3}$/.test(host) ||
    ['localhost', '::1', '[::1]'].includes(host)
  )
}

/** A Host value: a name, whose labels may hold `_` as those of containers do,
 * an address of IPv4, or one of IPv6 in brackets; perhaps a port. */
const HOST =
  /^(\[[0-9a-f:.]+\]|[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?)(\.)?(:\d{1,5})?$/

export interface HostValue {
  readonly name: string
  /** With its port, where it has one. */
  readonly whole: string
  /** It ended in a dot, as a name from the root does. */
  readonly rooted: boolean
}

/** Undefined where it is none; equal for all spellings of one host. */
export function readHost(text: string): HostValue | undefined {
  const [, name, dot, port = ''] = HOST.exec(text.toLowerCase()) ?? []
  if (name === undefined) return undefined
  const rooted = dot !== undefined
  if (!name.startsWith('[')) return { name, whole: name + port, rooted }
  const own = rooted ? undefined : readAddress(name)
  return own === undefined
    ? undefined
    : { name: own, whole: own + port, rooted }
}

/** The one spelling of an address in brackets. */
function readAddress(name: string): string | undefined {
  try {
    return new URL(`http://${name}`).hostname
  } catch {
    return undefined
  }
}
