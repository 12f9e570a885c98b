// The official conformance suite, installed on first use.
// In: nothing. Out: a node and the two releases of the suite.

import { join } from 'node:path'
import { root } from '../gateway.ts'
import { type InstalledPackages, installFolder } from '../install.ts'

export const folder = join(root, 'test/conformance')

/** The command of a release, by the name it is installed under. */
export const commandOf = (modules: string, release: string) =>
  join(modules, release, 'dist/index.js')

export const installSuite = (): Promise<InstalledPackages> =>
  installFolder(folder)
