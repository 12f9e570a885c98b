// Long forms of GW8010 to GW8019: this machine’s ports and clock, and servers.
// In: nothing. Out: a frozen table.
// INVARIANT: see long-form.ts.

import type { LongForms } from './long-form.ts'

export const GW801: LongForms<'GW801'> = Object.freeze({
  GW8010: {
    why: `The gateway listens on two addresses, one for clients and one for operators. Here
      one of them cannot be had, so that \`gateway serve\` would not start. A gateway
      with this config’s own key that listens there already is no fault.`,
    causes: [
      'another gateway, or a program with the same favourite port',
      'a port below 1024 without the right to it',
      'a `host` that is an address of another machine',
    ],
  },
  GW8011: {
    why: `A token begins and ends by the gateway’s clock, and the audit is stamped by it. A
      record in the tokens file lies in the future, or a server’s clock is more than
      half a minute from this one; whoever is wrong, somebody’s token will be refused
      too early or accepted too late.`,
    causes: [
      'a virtual machine that slept',
      'a laptop whose clock was set by hand',
      'a server whose own clock is wrong: then the others agree with this one',
    ],
  },
  GW8012: {
    why: `The gateway runs on Node 20.19 and later. Node 20 has had no fixes since April
      2026, and later ones need less time for the same call.`,
    causes: ['what the system brings, or an image that was pinned long ago'],
  },
  GW8013: {
    why: `The server was asked what it offers, as the gateway asks at its start, and did
      not say. The gateway would start without it: a locked server keeps what is
      locked, an unlocked one offers nothing, and every call to it ends in an error
      that names the server.`,
    causes: [
      'a URL or a command that is right on another machine',
      'credentials that the server no longer takes',
      'a program that ends at once: what it said last is in the message',
      'a package that has yet to be installed, which takes longer than a minute',
    ],
  },
  GW8014: {
    why: `A server offers a locked tool with another schema or other annotations, or no
      longer offers it. What a reviewer approved is not what would run, so the
      gateway lists it to nobody and lets nobody call it, until the lock says
      otherwise.`,
    causes: [
      'a new release of the server',
      'a package that is not pinned',
      'a server that was taken over: read the change before you lock it',
    ],
  },
  GW8015: {
    why: `A server offers a tool that is not locked, or describes one in other words. Nobody
      sees either: clients are served what is locked, in the words that were
      reviewed. New words for an old tool may be an attempt to mislead an agent.`,
    causes: [
      'a new release of the server',
      'a lock that was not kept up to date',
    ],
  },
  GW8016: {
    why: `\`gateway.revoked\` holds what this host has revoked by itself, a line each. A line
      that is none revokes nothing, and whoever wrote it believes that somebody is
      locked out. A running gateway says the same in its log. Without leave to read
      the file a gateway does not start.`,
    causes: [
      'a line written by hand, without its instant or with a misspelt word',
      'a file that belongs to another user',
    ],
  },
  GW8017: {
    why: `The specification says what a definition may hold, and the official clients
      refuse a whole list for one definition that holds something else: every
      server behind the gateway would be lost with it. The gateway leaves out
      members that are null, hides a definition that is wrong otherwise, and passes
      on all the others byte for byte.`,
    causes: [
      'a serializer that writes null for what is absent',
      'an input schema without `"type": "object"`',
      'two definitions of one name: the first is served',
      'pages of a list that repeat, or never end',
    ],
  },
  GW8018: {
    why: `A program that runs as the gateway's own user can read what the gateway reads: its
      key, secrets in files, the environment it was started with. With \`user\` it runs
      as somebody else, which the system lets root alone arrange. A gateway that
      cannot do so does not start that server at all.`,
    causes: [
      'a gateway that does not run as root',
      'a user or a group that this host does not have',
      'a number without an entry, and no `group` beside it',
    ],
  },
})
