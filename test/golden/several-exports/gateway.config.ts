import { defineGateway, defineServers, http } from 'portcullis'

const url = 'https://example.com/mcp'
export const servers = defineServers({ github: http({ url }) })
export const config = defineGateway({ servers })
