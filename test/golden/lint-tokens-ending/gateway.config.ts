import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: { github: http({ url: 'https://x.example/mcp' }) },
  roles: { reader: { allow: { github: ['get_*'] } } },
  teams: { docs: { roles: ['reader'] } },
  tokens: {
    grants: {
      aaaaaaaaaaaa: {
        subject: 'tomorrow',
        sha256: '6161616161616161616161616161616161616161616161616161616161616161',
        team: 'docs',
        created: '2026-11-01',
        expires: '2026-11-23',
      },
      bbbbbbbbbbbb: {
        subject: 'in 14 days',
        sha256: '6262626262626262626262626262626262626262626262626262626262626262',
        team: 'docs',
        created: '2026-11-01',
        expires: '2026-12-06',
      },
      cccccccccccc: {
        subject: 'in 15 days',
        sha256: '6363636363636363636363636363636363636363636363636363636363636363',
        team: 'docs',
        created: '2026-11-01',
        expires: '2026-12-07',
      },
      dddddddddddd: {
        subject: 'over',
        sha256: '6464646464646464646464646464646464646464646464646464646464646464',
        team: 'docs',
        created: '2026-11-01',
        expires: '2026-11-21',
      },
      eeeeeeeeeeee: {
        subject: 'revoked',
        sha256: '6565656565656565656565656565656565656565656565656565656565656565',
        team: 'docs',
        created: '2026-11-01',
        expires: '2026-11-30',
        revoked: '2026-11-10',
        reason: 'lost',
      },
      ffffffffffff: {
        subject: 'replaced',
        sha256: '6666666666666666666666666666666666666666666666666666666666666666',
        team: 'docs',
        created: '2026-11-01',
        expires: '2026-11-30',
      },
      gggggggggggg: {
        subject: 'replaced',
        sha256: '6767676767676767676767676767676767676767676767676767676767676767',
        team: 'docs',
        created: '2026-11-20',
        expires: '2027-01-30',
        replaces: 'ffffffffffff',
      },
      hhhhhhhhhhhh: {
        subject: 'for an hour',
        kind: 'break-glass',
        reason: 'fire',
        sha256: '6868686868686868686868686868686868686868686868686868686868686868',
        team: 'docs',
        created: '2026-11-21T23:30:00Z',
        expires: '2026-11-22T00:30:00Z',
      },
    },
  },
})
