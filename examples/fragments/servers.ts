// Owned by the platform team: what there is to reach.
import { bearer, defineServers, http, stdio } from 'portcullis'

export const servers = defineServers({
  github: http({
    url: 'https://api.githubcopilot.com/mcp/',
    headers: { authorization: bearer('env:GITHUB_TOKEN') },
  }),
  docs: stdio({
    command: 'npx',
    args: ['-y', '@modelcontextprotocol/server-filesystem@2026.8.31', '.'],
    cwd: '../files',
  }),
})
