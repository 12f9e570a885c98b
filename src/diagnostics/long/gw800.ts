// Long forms of GW8000 to GW8009: this machine, its files and programs.
// In: nothing. Out: a frozen table.
// INVARIANT: see long-form.ts.

import type { LongForms } from './long-form.ts'

export const GW800: LongForms<'GW800'> = Object.freeze({
  GW8001: {
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
    why: `Others on this machine may read a secret or the audit trail, or write a file
      that says who may do what. Whoever may write the config or the tokens file
      may grant himself everything, without a review.`,
    causes: [
      'a file that was copied or made with a wide umask',
      'a secret that is mounted readable by everybody, as containers often do',
    ],
  },
  GW8003: {
    why: `Every secret of the gateway’s own is derived from its key: the admin token, the
      digests of arguments. It is made at the first start, so its absence is no fault;
      a file that holds no key, or a folder that takes no file, is one.`,
    causes: [
      'an empty file that was mounted in its place',
      'a folder that the gateway’s user may not write',
    ],
  },
  GW8004: {
    why: `Whoever reads the key has the admin token, and can tell which arguments the
      audit’s digests stand for. The gateway makes the file readable by its own
      user alone.`,
    causes: ['a key that was copied from another machine, or restored'],
  },
  GW8005: {
    why: `A call whose record cannot be written is refused, unless \`audit.onFailure\` says
      otherwise. The gateway does not start without its audit file.`,
    causes: [
      'a folder that belongs to another user, though the file does not: what is rotated stays there',
      'a read-only disk, as in a container',
      'a file where a folder of the path should be',
    ],
  },
  GW8006: {
    why: `Less than a tenth of the disk that holds the audit is free. When it is full, no
      record can be written, and no call goes through.`,
    causes: [
      'other programs on the same disk',
      'an `audit.keep` that is too long',
    ],
  },
  GW8007: {
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
    why: `A stdio server runs in the folder that \`cwd\` names, by default the config’s own.
      It is not there, so the program cannot be started.`,
    causes: ['a folder that only exists on the machine where it was written'],
  },
  GW8009: {
    why: `\`tls.ca\` names the certificates that this server is trusted by, in place of
      those that Node brings. Without a good one no connection to it succeeds.`,
    causes: [
      'a certificate that has ended',
      'a key, or a certificate in DER form, in place of one in PEM form',
    ],
  },
})
