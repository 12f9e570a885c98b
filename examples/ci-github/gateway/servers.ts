import { bearer, defineServers, http } from 'portcullis'

export const servers = defineServers({
  tracker: http({
    url: 'https://tracker.example.com/mcp',
    headers: { authorization: bearer('env:TRACKER_TOKEN') },
  }),
  wiki: http({
    url: 'https://wiki.example.com/mcp',
    headers: { authorization: bearer('env:WIKI_TOKEN') },
  }),
})
