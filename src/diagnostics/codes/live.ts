// Codes of live, GW8: this machine, and what servers say.
// In: nothing. Out: entries by code.
// INVARIANT: see entry.ts.

import type { CodeTexts } from './entry.ts'

export const LIVE = Object.freeze({
  GW8001: {
    severity: 'error',
    title: 'a secret has no value here',
    help: 'set it where the gateway runs, or name a file of NAME=value lines with `--secrets`',
    why: `The config refers to a secret, and here the reference gives none. At the start
      the gateway would mark that server down and serve the others; a reload that
      needs a missing secret is refused. What is found holds for this machine and
      for the environment of this command, so ask where the gateway runs.`,
    causes: [
      'a variable that is set for the service, and not in your shell',
      'a secret file with more than one line, or none',
      'a path that was meant from another folder',
    ],
  },
  GW8002: {
    severity: 'warning',
    title: 'a file is open to others on this machine',
    help: '`chmod 600` it, or `chmod o-w` what others should read',
    why: `Others on this machine may read a secret or the audit trail, or write a file
      that says who may do what. Whoever may write the config or the tokens file
      may grant himself everything, without a review.`,
    causes: [
      'a file that was copied or made with a wide umask',
      'a secret that is mounted readable by everybody, as containers often do',
    ],
  },
  GW8003: {
    severity: 'error',
    title: 'the key file cannot be used',
    help: 'put the key back; or move the file away, and the next start makes another: replicas must share it',
    why: `Every secret of the gateway’s own is derived from its key: the admin token, the
      digests of arguments. It is made at the first start, so its absence is no
      fault; a file that holds no key, or a folder that takes no file, is one.`,
    causes: [
      'an empty file that was mounted in its place',
      'a folder that the gateway’s user may not write',
    ],
  },
  GW8004: {
    severity: 'error',
    title: 'others may read the gateway’s key',
    help: '`chmod 600` the file',
    why: `Whoever reads the key has the admin token, and can tell which arguments the
      audit’s digests stand for. The gateway makes the file readable by its own
      user alone.`,
    causes: ['a key that was copied from another machine, or restored'],
  },
  GW8005: {
    severity: 'error',
    title: 'the audit file cannot be written',
    help: 'calls without a record are refused: give the gateway a folder of its own',
    why: `A call whose record cannot be written is refused, unless \`audit.onFailure\` says
      otherwise. The gateway does not start without its audit file.`,
    causes: [
      'a folder that belongs to another user, though the file does not: what is rotated stays there',
      'a read-only disk, as in a container',
      'a file where a folder of the path should be',
    ],
  },
  GW8006: {
    severity: 'warning',
    title: 'the disk of the audit is nearly full',
    help: 'free space, or lower `audit.keep`: when the disk is full, every call is refused',
    why: `Less than a tenth of the disk that holds the audit is free. When it is full, no
      record can be written, and no call goes through.`,
    causes: [
      'other programs on the same disk',
      'an `audit.keep` that is too long',
    ],
  },
  GW8007: {
    severity: 'error',
    title: 'the command of a server cannot be run',
    help: 'install it where the gateway runs, or correct `command`',
    why: `A stdio server is a program that the gateway starts, without a shell. It is
      looked for as starting it would: by its path, from the config’s folder; by its
      name, in PATH.`,
    causes: [
      'a program that is installed for your user and not for the gateway’s',
      'a script that may not be executed',
      'arguments in `command`: they belong in `args`',
    ],
    wrong: `
servers: { files: stdio({ command: './bin/files --root /srv' }) },
`,
    right: `
servers: { files: stdio({ command: './bin/files', args: ['--root', '/srv'] }) },
`,
  },
  GW8008: {
    severity: 'error',
    title: 'a server’s folder does not exist',
    help: 'create it, or correct `cwd`: a relative path starts at the folder of the file that names it',
    why: `A stdio server runs in the folder that \`cwd\` names, by default the config’s own.
      It is not there, so the program cannot be started.`,
    causes: ['a folder that only exists on the machine where it was written'],
  },
  GW8009: {
    severity: 'error',
    title: 'the certificates of a server cannot be used',
    help: 'correct `tls.ca`: a file of certificates in PEM form',
    why: `\`tls.ca\` names the certificates that this server is trusted by, in place of
      those that Node brings. Without a good one no connection to it succeeds.`,
    causes: [
      'a certificate that has ended',
      'a key, or a certificate in DER form, in place of one in PEM form',
    ],
  },
  GW8010: {
    severity: 'error',
    title: 'the gateway could not listen here',
    help: 'choose another `port` or `host`, or stop the program that listens there',
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
    severity: 'warning',
    title: 'clocks disagree',
    help: 'set this machine’s clock, for example by NTP: the validity of tokens depends on it',
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
    severity: 'info',
    title: 'an older version of Node is running',
    help: 'the gateway works with it; a newer version is faster and gets fixes for longer',
    why: `The gateway runs on Node 20.19 and later. Node 20 has had no fixes since April
      2026, and later ones need less time for the same call.`,
    causes: ['what the system brings, or an image that was pinned long ago'],
  },
  GW8013: {
    severity: 'error',
    title: 'a server does not answer',
    help: 'the gateway would start without it; check that it runs and can be reached from here',
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
    severity: 'error',
    title: 'a locked definition is withheld',
    help: 'review the change and run `gateway lock`, or restore the server',
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
    severity: 'warning',
    title: 'a server offers something other than its lock',
    help: 'clients get what is locked; `gateway lock` writes the change to the lock, for review',
    why: `A server offers a tool that is not locked, or describes one in other words. Nobody
      sees either: clients are served what is locked, in the words that were
      reviewed. New words for an old tool may be an attempt to mislead an agent.`,
    causes: [
      'a new release of the server',
      'a lock that was not kept up to date',
    ],
  },
  GW8016: {
    severity: 'error',
    title: 'gateway.revoked cannot be read completely',
    help: 'a malformed line revokes nothing: write `token|subject|team VALUE INSTANT`, or `all * INSTANT`',
    why: `\`gateway.revoked\` holds what this host has revoked by itself, a line each. A malformed line revokes nothing, and whoever wrote it believes that somebody is
      locked out. A running gateway says the same in its log. Without leave to read
      the file a gateway does not start.`,
    causes: [
      'a line written by hand, without its instant or with a misspelt word',
      'a file that belongs to another user',
    ],
  },
  GW8017: {
    severity: 'warning',
    title: 'a server lists definitions that clients reject',
    help: 'report it to the author of the server; until it is fixed, that part is hidden and the rest is served',
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
    severity: 'error',
    title: 'a server cannot run as the user that it names',
    help: 'run the gateway as root, or correct `user` and `group`: a name of this host, or a number',
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
} satisfies CodeTexts)
