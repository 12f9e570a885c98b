// A signal that comes after a time, or with another signal.
// In: milliseconds, perhaps the other signal. Out: the signal; `free` ends both.
// INVARIANT: it comes, whatever memory is freed: of `AbortSignal.timeout` in
// `AbortSignal.any`, Node 20 forgets the time when it collects garbage.

export interface Deadline {
  readonly signal: AbortSignal
  free(): void
}

export function startDeadline(ms: number, other: AbortSignal): Deadline {
  const stop = new AbortController()
  const late = () => stop.abort(new DOMException('too late', 'TimeoutError'))
  const end = () => stop.abort(other.reason)
  const timer = setTimeout(late, ms)
  timer.unref()
  if (other.aborted) end()
  else other.addEventListener('abort', end, { once: true })
  return {
    signal: stop.signal,
    free: () => {
      clearTimeout(timer)
      other.removeEventListener('abort', end)
    },
  }
}
