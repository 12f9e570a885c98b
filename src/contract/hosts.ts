// Host names: which of them are loopback, and which are equal.
// In: a host, as written in a URL, a listener or a request. Out: its kind.
// INVARIANT: reads only the text; no name is resolved.

export function isLoopback(host: string): boolean {
  return (
    /^127(?:\.\d{1,3}){3}$/.test(host) ||
    ['localhost', '::1', '[::1]'].includes(host)
  )
}

/** A Host value: a name, an IPv4 address, or an IPv6 address in brackets, with
 * or without a port. Labels may contain `_`, as the names of containers do. */
const HOST =
  /^(\[[0-9a-f:.]+\]|[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?)(\.)?(:\d{1,5})?$/

export interface HostValue {
  readonly name: string
  /** With the port, if there is one. */
  readonly whole: string
  /** The name ended in a dot, as a fully qualified name may. */
  readonly rooted: boolean
}

/** Undefined if the text is not a host; equal for all spellings of one host. */
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
