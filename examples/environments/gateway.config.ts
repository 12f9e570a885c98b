// Development: `gateway serve --dev` on this machine.
import { base } from './base.ts'

export default base
