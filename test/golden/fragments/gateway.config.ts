import { defineGateway } from 'portcullis'
import { limits } from './policy/limits.ts'
import { roles } from './policy/roles.ts'
import { servers } from './servers.ts'

const teams = { platform: { roles: ['enginer'] } }

export default defineGateway({ servers, roles, teams, limits })
