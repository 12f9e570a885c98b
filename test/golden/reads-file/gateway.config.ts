import { defineGateway, http, stdio } from 'portcullis'

import { readFileSync } from 'node:fs'

const url = readFileSync('/etc/hostname', 'utf8')

export default defineGateway({
  servers: { github: http({ url }) },
})
