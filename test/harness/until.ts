// Waits for what a deadline promises: tests assert that it happens, scripts
// print how fast.
// In: a condition, perhaps a limit. Out: nothing, or an error after the limit,
// which is long by default: a machine may be busy.

export async function until(
  holds: () => boolean | Promise<boolean>,
  what = 'the condition',
  limitMs = 30_000,
): Promise<void> {
  const end = Date.now() + limitMs
  while (!(await holds())) {
    if (Date.now() > end)
      throw new Error(`${what}: not within ${limitMs / 1_000} s`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Whether a process of this id lives. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
