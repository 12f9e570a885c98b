import { defineGateway, stdio } from 'portcullis'

export default defineGateway({
  servers: {
    files: stdio({ command: 'npx -y files-mcp@1.2.3 /srv/docs' }),
    notes: stdio({ command: './My Tools/notes-mcp' }),
  },
})
