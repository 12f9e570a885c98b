// Lints: valid config, but perhaps not what was meant (codes GW4001 and up).
// In: linked parts, and the time. Out: findings, with the severity from the
// config.
// INVARIANT: a lint never changes the table; only lints get the time.

import type { Diagnostic } from '../../contract/diagnostic.ts'
import type { LintCode, LintLevel } from '../../contract/lints.ts'
import type { Linked } from '../context.ts'
import { findDispatchers } from './dispatchers.ts'
import {
  findEmptyPatterns,
  findGrave,
  findIdleDenies,
  findPasted,
  findShadowed,
  findSingles,
} from './entries.ts'
import { findIdleLimits } from './limits.ts'
import { findOpenAdmin } from './listeners.ts'
import { findUnseen } from './locked.ts'
import { findEqual, findTrifecta, findUnused } from './roles.ts'
import { openScene, type Scene } from './scene.ts'
import {
  findExposedFolders,
  findForks,
  findLong,
  findPlain,
  findRoots,
  findUnpinned,
  findUnreached,
} from './servers.ts'
import { findMoving, findUnlisted } from './sign-in.ts'
import { findImplied } from './tests.ts'
import { findCrowded, findEnding, findLongLived } from './tokens.ts'

type Lint = (scene: Scene) => readonly Diagnostic[]

const LINTS: Readonly<Record<LintCode, Lint>> = Object.freeze({
  GW4001: findUnused,
  GW4002: findUnreached,
  GW4003: findGrave,
  GW4004: findEmptyPatterns,
  GW4005: findSingles,
  GW4006: findIdleDenies,
  GW4007: findShadowed,
  GW4008: findIdleLimits,
  GW4009: findLongLived,
  GW4010: findUnpinned,
  GW4011: findPlain,
  GW4012: findEqual,
  GW4013: findImplied,
  GW4014: findTrifecta,
  GW4015: findEnding,
  GW4016: findLong,
  GW4017: findCrowded,
  GW4018: findForks,
  GW4019: findRoots,
  GW4020: findExposedFolders,
  GW4021: findPasted,
  GW4022: findOpenAdmin,
  GW4023: findUnseen,
  GW4024: findMoving,
  GW4025: findUnlisted,
  GW4026: findDispatchers,
})

export type LintLevels = Readonly<Partial<Record<LintCode, LintLevel>>>

export function runLints(
  linked: Linked,
  levels: LintLevels,
  now: number,
): readonly Diagnostic[] {
  const scene = openScene(linked, now)
  return Object.entries(LINTS).flatMap(([code, find]) => {
    const level = levels[code as LintCode]
    if (level === 'off') return []
    const found = find(scene)
    if (level === undefined) return found
    const severity = level === 'error' ? 'error' : 'warning'
    return found.map((one) => ({ ...one, severity }))
  })
}
