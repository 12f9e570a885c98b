// The processor time of a process, as the kernel accounts it.
// In: a process id. Out: microseconds, resident memory, children.
// INVARIANT: Linux only: /proc; of all threads that live.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

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
  return readStatus(pid, 'VmRSS')
}

/** The most since its start, or since `forgetPeak`; in MiB. */
export function readPeak(pid: number): number {
  return readStatus(pid, 'VmHWM')
}

/** proc(5), clear_refs. */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

function readStatus(pid: number, field: string): number {
  const text = readFileSync(`/proc/${pid}/status`, 'latin1')
  const [, kib] = new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(text) ?? []
  return Number(kib ?? 0) / 1_024
}

/** Processes that it has started. */
export function listChildren(pid: number): readonly number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1')
      .split(' ')
      .filter(Boolean)
      .map(Number),
  )
}
