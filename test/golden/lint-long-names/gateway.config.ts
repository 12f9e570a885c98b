import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: {
    github: http({ url: 'https://x.example/mcp' }),
    tracker: http({
      url: 'https://y.example/mcp',
      prefix: 'the_issue_tracker_of_everybody__',
      rename: { find_issues_by_their_label: 'find_by_label' },
    }),
  },
  roles: {
    reader: {
      allow: {
        // 46 characters with the prefix, and 47.
        github: ['list_the_open_pull_requests_of_one_tea', 'list_the_open_pull_requests_of_one_team'],
        tracker: ['find_*', { prompt: 'summarize_*' }],
      },
    },
  },
  teams: { docs: { roles: ['reader'] } },
  lints: { GW4005: 'off' },
})
