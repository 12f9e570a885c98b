import { defineGateway, http } from 'portcullis'

const rol = 'raeder'
const githb = ['get_*']
const shared = { timeout: 30, queue: '8' + '' }
const one = (role: string) => ({ roles: [role] })

export default defineGateway({
  servers: {
    github: http({ url: 'https://example.com/mcp', ...(shared as object) }),
    gitlab: http({ url: 'https://example.com/mcp', uri: 'https://x.example' }),
  },
  roles: {
    reader: { allow: { githb } },
    // Two are near.
    writer: { deny: { gitlub: ['x'] } },
    // It is there already.
    merger: { extends: ['reader', 'raeder'], allow: { ['githb']: githb } },
    // Itself.
    editor: { extends: ['edtor'] },
    // Another number, and too short to tell.
    second: { extends: ['tier-2', 'qb'] },
    'tier-1': {},
    qa: {},
    owner: { alow: {}, alllow: {}, allow: {} },
  },
  teams: {
    one: one('raeder'),
    two: { roles: [rol] },
    three: { roles: ['rea' + 'der', 'raeder'.trim()] },
  },
})
