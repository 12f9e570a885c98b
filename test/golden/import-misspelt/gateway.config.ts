import { defineGateway } from 'portculis'
import { roles } from './role.ts'
import { servers } from './nothing-like-it.ts'

export default defineGateway({ servers, roles })
