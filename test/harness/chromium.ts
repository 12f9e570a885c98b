// Where Chromium is on this machine.
// In: the disk. Out: its path, or what to install.

import { existsSync } from 'node:fs'

const PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser']

export function findChromium(): string | undefined {
  return PATHS.find((path) => existsSync(path))
}

export const NO_CHROMIUM =
  'no Chromium here: `apt-get install chromium`; until then the pages are not tested in a browser'
