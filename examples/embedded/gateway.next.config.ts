import { defineGateway } from 'portcullis'
import base from './gateway.config.ts'

/** The same gateway, with a limit. */
export default defineGateway({
  ...base,
  limits: {
    'each-token': {
      on: { clock: ['*'] },
      calls: 60,
      per: 'minute',
      each: 'token',
    },
  },
})
