// Secrets of which none comes from a program.
// In: nothing. Out: what a source of secrets takes.

export const NO_PROGRAMS = {
  read: () => {
    throw new Error('no program runs in this test')
  },
  load: async () => {},
  isFresh: () => true,
  doubt: () => false,
}
