// Part of `npm run build`: schemas as code, next to the stage that uses it.
// In: schema/*.schema.json. Out: dist/src/check/validators.js.
// INVARIANT: a schema that ajv's strict mode refuses fails the build.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import standalone from 'ajv/dist/standalone/index.js'

const root = join(import.meta.dirname, '../../..')
const OUT = 'dist/src/check/validators.js'

function readSchema(name: string): object {
  const file = join(root, `schema/${name}.schema.json`)
  return JSON.parse(readFileSync(file, 'utf8')) as object
}

const gateway = readSchema('gateway')
const ajv = new Ajv2020({
  strict: true,
  strictTypes: false,
  strictRequired: false,
  allErrors: true,
  verbose: true,
  discriminator: true,
  code: { source: true, esm: true },
  schemas: { judgeGateway: gateway, judgeLock: readSchema('lock') },
})
const names = { judgeGateway: 'judgeGateway', judgeLock: 'judgeLock' }
// ajv calls require() for its own parts in a module too.
const head = `import { createRequire } from 'node:module'
const require = createRequire(import.meta.url)
function append(errors, more) {
  for (const error of more) errors.push(error)
  return errors
}
export const gatewaySchema = ${JSON.stringify(gateway)}
`
// ajv copies all errors so far for each value that has one: quadratic.
const code = standalone
  .default(ajv, names)
  .replaceAll(
    /vErrors\.concat\((validate\d+\.errors)\)/g,
    'append(vErrors, $1)',
  )
if (/\.concat\(/.test(code)) throw new Error('the code copies errors')
writeFileSync(join(root, OUT), head + code)
