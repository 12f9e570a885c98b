import { defineGateway, http, stdio } from 'portcullis'

import { roles } from './rols.ts'
import preset from 'portcullis-preset-nowhere'

export default defineGateway({
  servers: {
    github: http({ url: 'https://example.com/mcp' }),
    files: stdio({ command: 'files-mcp' }),
  },
  roles,
  ...preset,
})
