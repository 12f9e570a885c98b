// `npm run size`: what the package weighs, and what it brings.
// In: perhaps --json. Out: bytes of the tarball, of its files, and of the
// production dependencies as the lockfile has them.

import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { packHere } from '../harness/deploy/pack.ts'
import { root } from '../harness/gateway.ts'

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false } },
})

interface Locked {
  readonly dev?: boolean
  readonly devOptional?: boolean
  readonly optional?: boolean
  readonly peer?: boolean
}

const ends: (() => unknown)[] = []
const { size, unpackedSize, files } = packHere({
  teardown: (end) => void ends.push(end),
})
for (const end of ends) end()

const { dependencies } = readJson<{ dependencies: object }>('package.json')
const { packages } = readJson<{ packages: Record<string, Locked> }>(
  'package-lock.json',
)
// Of the programs for each system, npm installs the one that is here.
const installed = Object.entries(packages)
  .filter(([path, { dev, devOptional }]) => path && !dev && !devOptional)
  .map(([path]) => join(root, path))
  .filter((path) => lstatSync(path, { throwIfNoEntry: false }))

const figures = {
  packed: size,
  unpacked: unpackedSize,
  files: files.length,
  dependencies: Object.keys(dependencies).length,
  installedPackages: installed.length,
  installedBytes: installed.reduce((sum, path) => sum + weigh(path), 0),
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`

process.stdout.write(
  values.json
    ? `${JSON.stringify(figures)}\n`
    : [
        `packed        ${megabytes(figures.packed)}`,
        `unpacked      ${megabytes(figures.unpacked)}, ${figures.files} files`,
        `dependencies  ${figures.dependencies} direct, ${figures.installedPackages} in all, ${megabytes(figures.installedBytes)}`,
        '',
      ].join('\n'),
)

function readJson<T>(name: string): T {
  return JSON.parse(readFileSync(join(root, name), 'utf8')) as T
}

/** Without the packages within it, which are listed by themselves. */
function weigh(path: string): number {
  const stat = lstatSync(path)
  if (!stat.isDirectory()) return stat.size
  return readdirSync(path)
    .filter((name) => name !== 'node_modules')
    .reduce((sum, name) => sum + weigh(join(path, name)), 0)
}
