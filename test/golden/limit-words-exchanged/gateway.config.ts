import { defineGateway, stdio } from 'portcullis'

export default defineGateway({
  servers: { files: stdio({ command: 'files-mcp' }) },
  roles: { reader: { allow: { files: ['read_*'] } } },
  teams: { all: { roles: ['reader'] } },
  limits: {
    a: { on: ['files'], calls: 60, per: 'minute' },
    b: { on: { files: ['*'] }, calls: 60, per: 'token' },
    c: { on: { files: ['*'] }, calls: 60, per: 'hour', each: 'minute' },
    d: { on: { files: ['*'] }, calls: 60, per: '1m' },
  },
})
