// The names that the other files refer to.
import { defineServers, http, stdio } from 'portcullis'

export const servers = defineServers({
  github: http({ url: 'https://example.com/mcp' }),
  //! TS2561 Did you mean to write 'command'?
  files: stdio({ command: 'files-mcp', comand: 'x' }),
})
