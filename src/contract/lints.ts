// The lints: a config is valid, but perhaps not what its author meant.
// In: nothing. Out: the codes of the lints.
// INVARIANT: equal to the GW4 rows of diagnostics/codes.ts and to the keys of
// `lints` in the schema; a test compares them.

export const LINT_CODES = Object.freeze([
  'GW4001',
  'GW4002',
  'GW4003',
  'GW4004',
  'GW4005',
  'GW4006',
  'GW4007',
  'GW4008',
  'GW4009',
  'GW4010',
  'GW4011',
  'GW4012',
  'GW4013',
  'GW4014',
  'GW4015',
  'GW4016',
  'GW4017',
  'GW4018',
  'GW4019',
  'GW4020',
  'GW4021',
  'GW4022',
  'GW4023',
  'GW4024',
  'GW4025',
  'GW4026',
] as const)

export type LintCode = (typeof LINT_CODES)[number]

export type LintLevel = 'error' | 'warn' | 'off'
