// Keeps tap from following every promise and every timer of a test file, which
// it does to say in which subtest an error was thrown that nothing caught. That
// costs a sixth of the whole suite.
// In: nothing; loaded by node before each test file that the suite runs.
// INVARIANT: such an error still ends the process, and tap then reports the
// subtests that were open as failed.

import hooks from 'node:async_hooks'
import { syncBuiltinESMExports } from 'node:module'

const noHook: hooks.AsyncHook = { enable: () => noHook, disable: () => noHook }

// AsyncLocalStorage does not use it: node has its own way to the same hooks.
hooks.createHook = () => noHook
syncBuiltinESMExports()
