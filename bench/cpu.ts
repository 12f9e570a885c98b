// The processor time of a process, as the kernel accounts it.
// In: a process id. Out: microseconds, and resident memory.
// INVARIANT: Linux only: /proc; of all threads that live.

import { readdirSync, readFileSync } from 'node:fs'

/** Microseconds that its threads have run. */
export function readCpu(pid: number): number {
  const tasks = readdirSync(`/proc/${pid}/task`)
  return tasks.reduce((sum, task) => {
    const text = readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'latin1')
    return sum + Number(text.split(' ')[0]) / 1_000
  }, 0)
}

/** In MiB. */
export function readResident(pid: number): number {
  const text = readFileSync(`/proc/${pid}/status`, 'latin1')
  const [, kib] = /^VmRSS:\s+(\d+)/m.exec(text) ?? []
  return Number(kib ?? 0) / 1_024
}
