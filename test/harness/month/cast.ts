// Who works in the month, with which servers, and what each of them is like.
// In: nothing. Out: constants.
// INVARIANT: names alone tell the parts: the leaver, the runaway agent, the
// tokens and tools that nobody uses.

import type { Tools } from '../lock.ts'

const READ = { readOnlyHint: true }
const WRITE = { destructiveHint: false }
const KILL = { destructiveHint: true }

export const TOOLS: Tools = {
  calendar: { list_events: READ, create_event: WRITE },
  files: { read_file: READ, list_folder: READ, write_file: KILL },
  github: {
    get_issue: READ,
    search_code: READ,
    create_issue: WRITE,
    merge_pull_request: KILL,
    delete_branch: KILL,
  },
  linear: { get_issue: READ, list_issues: READ, update_issue: WRITE },
  notes: { read_note: READ, search_notes: READ, write_note: WRITE },
  sentry: { get_event: READ, list_errors: READ, resolve_error: WRITE },
  slack: { search: READ, post_message: WRITE, delete_message: KILL },
  warehouse: { list_tables: READ, run_query: READ, drop_table: KILL },
}

/** What a team does with an agent, all day long. */
export const HABITS: Readonly<Record<string, readonly string[]>> = {
  platform: [
    'github__get_issue',
    'github__search_code',
    'github__merge_pull_request',
    'sentry__list_errors',
    'sentry__get_event',
    'files__read_file',
    'linear__update_issue',
  ],
  product: [
    'github__get_issue',
    'github__create_issue',
    'linear__list_issues',
    'linear__get_issue',
    'linear__update_issue',
    'slack__post_message',
    'notes__write_note',
  ],
  support: [
    'linear__list_issues',
    'slack__search',
    'slack__post_message',
    'notes__search_notes',
    'notes__read_note',
  ],
  data: ['warehouse__list_tables', 'warehouse__run_query', 'notes__read_note'],
}

export const DEVELOPERS: Readonly<Record<string, readonly string[]>> = {
  platform: ['ada', 'bo', 'chen', 'dina'],
  product: ['emil', 'fay', 'gus', 'nadia', 'rui'],
  support: ['hana', 'ivo', 'jun'],
  data: ['kim', 'lev', 'mo'],
}

/** Leaves at the end of the 27th; what he scheduled goes on. */
export const LEAVER = 'rui'

/** Whose agent does the same again and again on the 19th. */
export const RUNAWAY = 'nadia'
