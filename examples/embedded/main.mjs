// @ts-check
// A program that runs a gateway: it compiles a config, starts the gateway, swaps
// its table, and closes it. Run it with `node main.mjs`.
import { pino } from 'pino'
import { compile, startGateway } from 'portcullis/embed'

/** @param {string} config */
async function build(config) {
  const { artefact, diagnostics, root } = await compile({
    cwd: import.meta.dirname,
    config,
    now: Date.now(),
    places: 'always',
  })
  for (const { code, severity, message } of diagnostics) {
    console.error(`${severity} ${code}: ${message}`)
  }
  if (!artefact) throw new Error(`${config} has errors`)
  return { artefact, root }
}

const { artefact, root } = await build('gateway.config.ts')
const gateway = await startGateway({
  artefact,
  root,
  version: '1.0.0',
  log: pino({ level: 'warn' }, pino.destination(2)),
  env: process.env,
  port: 0,
  adminPort: 0,
})
try {
  await gateway.ready()
  console.log(`Endpoint ${gateway.url}`)
  for (const { name, state, tools } of gateway.status().servers) {
    console.log(`Server ${name} is ${state} and lists ${tools} tools`)
  }

  const next = await build('gateway.next.config.ts')
  const swap = await gateway.swap(next.artefact, 'gateway.next.config.ts')
  console.log(`The next table is ${swap.verdict}`)
} finally {
  await gateway.close()
}
console.log('Closed')
