// Codes of live, GW8: this machine, and what servers say.
// In: nothing. Out: entries by code.
// INVARIANT: see entry.ts.

import type { CodeTexts } from './entry.ts'

export const LIVE = Object.freeze({
  GW8001: {
    severity: 'error',
    title: 'a secret has no value here',
    help: 'set it where the gateway runs, or name a file of NAME=value lines with `--secrets`',
    why: `The config refers to a secret, and on this machine the reference has
      no value. At its start the gateway would mark that server as down and
      serve the others; a reload that needs a missing secret is refused. The
      result is valid for this machine and the environment of this command, so
      run the check where the gateway runs.`,
    causes: [
      'a variable that is set for the service, but not in your shell',
      'a secret file with more than one line, or none',
      'a relative path that starts at another folder',
      'a program that failed, or that printed nothing or several lines',
    ],
  },
  GW8002: {
    severity: 'warning',
    title: 'other users of this machine can read or write a file',
    help: 'run `chmod 600` on it, or `chmod o-w` if others should read it',
    why: `Other users of this machine can read a secret or the audit trail, or
      can write a file that decides who may do what. Whoever can write the
      config or the tokens file can give himself everything, without a
      review.`,
    causes: [
      'a file that was copied or made with a wide umask',
      'a secret that a container mounts readable by everybody',
    ],
  },
  GW8003: {
    severity: 'error',
    title: 'the key file cannot be used',
    help: 'put the key back, or move the file away, so that the next start creates a new one; all replicas must share one key',
    why: `The gateway derives all its own secrets from its key: the admin
      token and the digests of arguments. It creates the key at its first
      start, so a missing key is no fault. A file that contains no key is a
      fault, and so is a folder in which no file can be created.`,
    causes: [
      'an empty file that was mounted in its place',
      'a folder that the gateway’s user may not write',
    ],
  },
  GW8004: {
    severity: 'error',
    title: 'other users can read the gateway’s key',
    help: 'run `chmod 600` on the file',
    why: `Whoever reads the key has the admin token, and can find out which
      arguments the digests in the audit stand for. When the gateway creates
      the file, only its own user can read it.`,
    causes: ['a key that was copied from another machine, or restored'],
  },
  GW8005: {
    severity: 'error',
    title: 'the audit file cannot be written',
    help: 'calls without a record are refused: give the gateway a folder of its own',
    why: `A call whose record cannot be written is refused, unless
      \`audit.onFailure\` is \`allow\`. The gateway does not start without its
      audit file.`,
    causes: [
      'a folder that belongs to another user: rotated files stay in the same folder',
      'a read-only disk, as in a container',
      'the path contains a file in place of a folder',
    ],
  },
  GW8006: {
    severity: 'warning',
    title: 'the disk of the audit is nearly full',
    help: 'free space, or lower `audit.keep`: when the disk is full, every call is refused',
    why: `Less than a tenth of the disk that holds the audit is free. When the
      disk is full, no record can be written, and every call is refused.`,
    causes: [
      'other programs on the same disk',
      'an `audit.keep` that is too long',
    ],
  },
  GW8007: {
    severity: 'error',
    title: 'the command of a server cannot be run',
    help: 'install it where the gateway runs, or correct `command`',
    why: `A stdio server is a program that the gateway starts, without a
      shell. The check searches for it as the start does: a path is relative
      to the folder of the config; a name is searched in \`node_modules/.bin\`
      of that folder, where npm links installed programs, and then in PATH. If
      \`env\` sets PATH, a name is searched in that PATH alone.`,
    causes: [
      'a program that is installed for your user and not for the gateway’s',
      'a script that is not executable',
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
    why: `A stdio server runs in the folder that \`cwd\` names; the default is
      the folder of the config. That folder does not exist, so the program
      cannot be started.`,
    causes: ['a folder that only exists on the machine where it was written'],
  },
  GW8009: {
    severity: 'error',
    title: 'a file of `tls` cannot be used',
    help: 'correct the file: certificates and keys in PEM form',
    why: `\`tls.ca\` and \`tls.caAppend\` name the certificates that the gateway
      trusts, in place of those that Node brings or beside them; \`tls.cert\`
      and \`tls.key\` are the certificate that the gateway itself shows to a
      server. Without valid files no connection to the server succeeds.`,
    causes: [
      'a certificate that has expired',
      'a key, or a certificate in DER form, in place of one in PEM form',
      'a key that is encrypted, or belongs to another certificate',
    ],
  },
  GW8010: {
    severity: 'error',
    title: 'the gateway cannot listen on an address',
    help: 'choose another `port` or `host`, or stop the program that listens there',
    why: `The gateway listens on one address for clients and on one for
      operators. One of them is not available here, so \`gateway serve\` would
      not start. A gateway with the key of this config that already listens
      there is no fault.`,
    causes: [
      'another gateway, or a program that uses the same port',
      'a port below 1024 that this user may not use',
      'a `host` that is the address of another machine',
    ],
  },
  GW8011: {
    severity: 'warning',
    title: 'clocks differ',
    help: 'set this machine’s clock, for example by NTP: the validity of tokens depends on it',
    why: `The gateway's clock decides when a token begins and ends, and it
      stamps the audit records. A record in the tokens file was created in the
      future, or the clock of a server differs from this one by more than half
      a minute. With a wrong clock a token is refused too early or accepted
      too long.`,
    causes: [
      'a virtual machine that was suspended',
      'a laptop whose clock was set by hand',
      'a server whose own clock is wrong: then the others agree with this one',
    ],
  },
  GW8012: {
    severity: 'info',
    title: 'an older version of Node is running',
    help: 'the gateway works with it; a newer version is faster and gets fixes for longer',
    why: `The gateway runs on Node 20.19 and later. Node 20 has received no
      fixes since April 2026, and later versions need less time for the same
      call.`,
    causes: [
      'the version of the operating system, or an image that was pinned long ago',
    ],
  },
  GW8013: {
    severity: 'error',
    title: 'a server does not answer',
    help: 'the gateway would start without it; check that it runs and can be reached from here',
    why: `The check requested the lists of the server, as the gateway does at
      its start, and got no answer. The gateway would start without this
      server: a locked server offers what is locked, an unlocked server offers
      nothing, and every call to it ends in an error that names the server.`,
    causes: [
      'a URL or a command that is only right on another machine',
      'credentials that the server no longer accepts',
      'a program that ends at once: its last output is in the message',
      'a package that must be installed first, which takes longer than a minute',
    ],
  },
  GW8014: {
    severity: 'error',
    title: 'a locked definition is withheld',
    help: 'review the change and run `gateway lock`, or restore the server',
    why: `A server offers a locked tool with another schema or other
      annotations, or no longer offers it. This is not the tool that a
      reviewer approved, so the gateway shows it to nobody and lets nobody
      call it until the lock is updated.`,
    causes: [
      'a new release of the server',
      'a package that is not pinned',
      'a server that an attacker controls: read the change before you lock it',
    ],
  },
  GW8015: {
    severity: 'warning',
    title: 'a server offers something other than its lock',
    help: 'clients get what is locked; `gateway lock` writes the change to the lock, for review',
    why: `A server offers a tool that is not locked, or describes a locked
      tool in other words. Clients see neither: they get what is locked, in
      the words that were reviewed. New words for an old tool may be an
      attempt to mislead an agent.`,
    causes: ['a new release of the server', 'a lock that was not updated'],
  },
  GW8016: {
    severity: 'error',
    title: 'gateway.revoked cannot be read completely',
    help: 'a malformed line revokes nothing: write `token|subject|team VALUE INSTANT`, or `all * INSTANT`',
    why: `\`gateway.revoked\` contains the revocations of this host, one on
      each line. A malformed line revokes nothing, although its author expects
      that somebody is locked out. A running gateway reports the same in its
      log. A gateway that may not read the file does not start.`,
    causes: [
      'a line written by hand, without its instant or with a misspelt word',
      'a file that belongs to another user',
    ],
  },
  GW8017: {
    severity: 'warning',
    title: 'a server lists definitions that clients reject',
    help: 'report it to the author of the server; until it is fixed, that part is hidden and the rest is served',
    why: `The specification defines what a definition may contain. The
      official clients refuse a whole list because of one invalid definition,
      and the tools of every other server would be lost with it. The gateway
      removes members that are null, hides a definition with any other fault,
      and passes on all others byte for byte.`,
    causes: [
      'a serializer that writes null for an absent member',
      'an input schema without `"type": "object"`',
      'two definitions with the same name: the first one is served',
      'a list whose pages repeat or never end',
    ],
  },
  GW8018: {
    severity: 'error',
    title: 'a server cannot run as the user that it names',
    help: 'run the gateway as root, or correct `user` and `group`: a name of this host, or a number',
    why: `A program that runs as the gateway's own user can read what the
      gateway reads: its key, secrets in files, the environment of the
      gateway. With \`user\` the program runs as another user, which the
      system allows only root to arrange. A gateway that is not root does not
      start that server at all.`,
    causes: [
      'a gateway that does not run as root',
      'a user or a group that this host does not have',
      'a user number that has no entry on this host, without `group`',
    ],
  },
  GW8019: {
    severity: 'error',
    title: 'a server to which nobody could sign in',
    help: 'do what the message says; the gateway would start, and calls to the server would fail',
    why: `People sign in to this server in a browser. The check looked for its
      authorization server and for a way to be a client there, as the gateway
      does when somebody signs in, and found none that works. Nothing was
      registered, and nobody was signed in. The message says what must be
      registered where, with the exact redirect address.`,
    causes: [
      'an authorization server that registers no clients, without `client` in the config',
      'a redirect address that changed with `listen.publicUrl` or with the name of the server',
      'an authorization server that does not offer PKCE with S256',
    ],
  },
  GW8020: {
    severity: 'error',
    title: 'the folder of grants cannot be written',
    help: 'give the gateway a folder of its own, or write another `grants.folder`',
    why: `What an authorization server grants to a person who signs in is kept
      in a sealed file of this folder. If the file cannot be written, the
      sign-in works until the gateway stops, and then it is lost: the person
      must sign in again.`,
    causes: [
      'a folder that belongs to another user',
      'a read-only disk, as in a container',
      'the path contains a file in place of a folder',
    ],
  },
  GW8040: {
    severity: 'error',
    title: 'the identity provider of the login cannot be used',
    help: 'do what the message says; the gateway would start, and every token of the login would be refused',
    why: `The check read the metadata and the keys of the provider, as the
      gateway does when the first token comes. It could not, or no key is of an
      algorithm that \`login.algorithms\` accepts. Nobody signed in, and
      nothing was registered.`,
    causes: [
      'an issuer with a slash at its end, or without one: both must be equal, letter by letter',
      'a firewall between the gateway and the provider',
      'a provider that signs with another algorithm',
    ],
  },
  GW8031: {
    severity: 'warning',
    title: 'the public address cannot be reached from here',
    help: 'correct `listen.publicUrl`, the name service, or the proxy; if only this machine cannot reach it, run the check elsewhere or ignore this',
    why: `A gateway runs here, and nothing answered at \`listen.publicUrl\`.
      Every address that the gateway prints or publishes begins with it. Some
      networks do not let a machine reach its own public address: then clients
      may still reach it.`,
    causes: [
      'a name without an address, or with an old one',
      'a proxy that is not started, or a firewall',
      'a network that sends no request back to where it came from',
    ],
  },
  GW8032: {
    severity: 'error',
    title: 'the public address does not lead to this gateway',
    help: 'let the name and the proxy lead to the listener of this gateway, with every path',
    why: `The check sent one request without a token to \`listen.publicUrl\`,
      with a challenge that only a gateway with this key can answer. What came
      back is not the answer of this gateway, or not one that a client accepts:
      a certificate that is not valid, a page of a proxy, another gateway, a
      redirect, or a refused Host. People and clients who use the address meet
      the same.`,
    causes: [
      'a proxy that passes on its own Host in place of that of the request',
      'a proxy that passes on only some paths, or answers OPTIONS by itself',
      'a certificate file without the certificates between it and its authority',
      'an address that leads to the gateway of another environment',
    ],
  },
  GW8033: {
    severity: 'error',
    title: 'the files of `listen.tls` cannot be used',
    help: 'write a certificate and its own key, both in PEM form, where the message says',
    why: `The listener speaks TLS with the certificate and the key that
      \`listen.tls\` names. \`gateway serve\` does not start without a pair that
      fits, and a running gateway keeps the old pair until the new one fits.`,
    causes: [
      'a path that is only right on another machine',
      'a key of another certificate, or of the one before the renewal',
      'a key that only root can read',
      'a chain whose first certificate is not that of the gateway',
    ],
  },
  GW8034: {
    severity: 'warning',
    title: 'a certificate of the listener ends soon',
    help: 'renew it: the gateway serves the new files as soon as they are there, without a restart',
    why: `The certificate of \`listen.tls\`, or an authority of
      \`listen.tls.clientCa\`, ends in less than 21 days, has ended, or has not
      begun. The gateway serves it nevertheless, and clients refuse it.`,
    causes: [
      'a renewal that has failed without anybody knowing',
      'a renewal that writes its files to another place',
    ],
  },
} satisfies CodeTexts)
