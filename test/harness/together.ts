// Runs several test files in one process: node, tap and the gateway are loaded
// once for all of them, which costs more than most files themselves.
// In: paths of compiled test files. Out: TAP, a subtest for each file.
// INVARIANT: a file begins when the one before it has ended, teardown included.

import { resolve } from 'node:path'

// tap would write all of them into the name of each folder that it makes.
const files = process.argv.splice(2)
const { default: t } = await import('tap')
const test = t.test.bind(t)

for (const file of files) {
  await test(file, async (inner) => {
    // A file calls the `t` that it imports; what it starts is a part of it.
    t.test = inner.test.bind(inner)
    await import(resolve(file))
  })
}
