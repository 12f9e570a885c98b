// Every role, for whoever refers to one.
import { engineering } from './engineering.ts'
import { shared } from './shared.ts'
import { support } from './support.ts'

export const roles = { ...shared, ...engineering, ...support }
