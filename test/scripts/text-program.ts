// Part of `npm run build`: the program that skips long texts, as bytes.
// In: src/runtime/message/text-program.wat.
// Out: dist/src/runtime/message/text-program.js.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import startWabt from 'wabt'

const root = join(import.meta.dirname, '../../..')
const NAME = 'src/runtime/message/text-program'

const wabt = await startWabt()
const text = readFileSync(join(root, `${NAME}.wat`), 'utf8')
const program = wabt.parseWat(`${NAME}.wat`, text, { simd: true })
program.validate()
const { buffer } = program.toBinary({})
const base64 = Buffer.from(buffer).toString('base64')
writeFileSync(
  join(root, `dist/${NAME}.js`),
  `export const PROGRAM = Buffer.from('${base64}', 'base64')\n`,
)
