// The child of evaluator.ts: evaluates one bundle after the other.
// In: bundles, on the channel to its parent. Out: an answer for each.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { evaluateTwice } from '../../src/load/realm/child.ts'
import { compileEngine } from '../../src/load/realm/engine.ts'

const ENGINE = '@jitl/quickjs-wasmfile-release-sync/wasm'

const path = fileURLToPath(import.meta.resolve(ENGINE))
const wasm = compileEngine(readFileSync(path))

process.on('message', async ({ bundle, time }) => {
  process.send?.(await evaluateTwice(wasm, bundle, time, 12 * time))
})
