// What programs wrote on stderr before they ended, as they were seen, and the
// line of it that an operator must read.
// In: nothing. Out: rows.

export interface Ending {
  readonly program: string
  readonly stderr: string
  readonly shown: string
}

export const ENDINGS: readonly Ending[] = [
  {
    program: 'npx, a package that is not in the cache, offline',
    stderr: `npm error code ENOTCACHED
npm error request to https://registry.npmjs.org/no-such failed: cache mode is 'only-if-cached' but no cached response is available.
npm error A complete log of this run can be found in: /root/.npm/_logs/2026-11-30T14_43_13_140Z-debug-0.log`,
    shown:
      "npm error request to https://registry.npmjs.org/no-such failed: cache mode is 'only-if-cached' but no cached response is available.",
  },
  {
    program: 'npx, no network',
    stderr: `npm error code ECONNREFUSED
npm error syscall connect
npm error errno ECONNREFUSED
npm error FetchError: request to http://127.0.0.1:9/no-such failed, reason: connect ECONNREFUSED 127.0.0.1:9
npm error     at ClientRequest.<anonymous> (/usr/lib/node_modules/npm/node_modules/minipass-fetch/lib/index.js:130:14)
npm error     at ClientRequest.emit (node:events:524:28)
npm error     at process.processTicksAndRejections (node:internal/process/task_queues:83:21) {
npm error   code: 'ECONNREFUSED',
npm error   errno: 'ECONNREFUSED',
npm error   address: '127.0.0.1',
npm error   port: 9,
npm error   type: 'system'
npm error }
npm error
npm error If you are behind a proxy, please make sure that the 'proxy' config is set properly.  See: 'npm help config'
npm error A complete log of this run can be found in: /root/.npm/_logs/2026-11-30T14_43_14_728Z-debug-0.log`,
    shown:
      'npm error FetchError: request to http://127.0.0.1:9/no-such failed, reason: connect ECONNREFUSED 127.0.0.1:9',
  },
  {
    program: 'npx, no name server',
    stderr: `npm error code ENOTFOUND
npm error syscall getaddrinfo
npm error errno ENOTFOUND
npm error network request to https://registry.npmjs.org/no-such failed, reason: getaddrinfo ENOTFOUND registry.npmjs.org
npm error network This is a problem related to network connectivity.
npm error network In most cases you are behind a proxy or have bad network settings.
npm error network
npm error network If you are behind a proxy, please make sure that the
npm error network 'proxy' config is set properly.  See: 'npm help config'
npm error A complete log of this run can be found in: /root/.npm/_logs/x-debug-0.log`,
    shown:
      'npm error network request to https://registry.npmjs.org/no-such failed, reason: getaddrinfo ENOTFOUND registry.npmjs.org',
  },
  {
    program: 'npx, no such package',
    stderr: `npm error code E404
npm error 404 Not Found - GET https://registry.npmjs.org/@acme%2fbogus-server - Not found
npm error 404
npm error 404  '@acme/bogus-server@*' is not in this registry.
npm error 404
npm error 404 Note that you can also install from a
npm error 404 tarball, folder, http url, or git folder.
npm notice
npm notice New major version of npm available! 10.9.2 -> 11.6.0
npm notice Changelog: https://github.com/npm/cli/releases/tag/v11.6.0
npm notice
npm error A complete log of this run can be found in: /root/.npm/_logs/x-debug-0.log`,
    shown: "npm error 404  '@acme/bogus-server@*' is not in this registry.",
  },
  {
    program: 'npx, a package without a program',
    stderr: `npm error could not determine executable to run
npm error A complete log of this run can be found in: /root/.npm/_logs/x-debug-0.log`,
    shown: 'npm error could not determine executable to run',
  },
  {
    program: 'node, ERR_MODULE_NOT_FOUND',
    stderr: `node:internal/modules/esm/resolve:873
  throw new ERR_MODULE_NOT_FOUND(packageName, fileURLToPath(base), null);
        ^

Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'zod' imported from /srv/a.mjs
    at packageResolve (node:internal/modules/esm/resolve:873:9)
    at #cachedDefaultResolve (node:internal/modules/esm/loader:657:25)
    at ModuleJob._link (node:internal/modules/esm/module_job:168:49) {
  code: 'ERR_MODULE_NOT_FOUND'
}

Node.js v20.20.2`,
    shown:
      "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'zod' imported from /srv/a.mjs",
  },
  {
    program: 'node, require',
    stderr: `node:internal/modules/cjs/loader:1210
  throw err;
  ^

Error: Cannot find module './x'
Require stack:
- /srv/b.cjs
    at Module._resolveFilename (node:internal/modules/cjs/loader:1207:15)
    at Object.<anonymous> (/srv/b.cjs:1:1)
    at Module._extensions..js (node:internal/modules/cjs/loader:1623:10) {
  code: 'MODULE_NOT_FOUND',
  requireStack: [ '/srv/b.cjs' ]
}

Node.js v20.20.2`,
    shown: "Error: Cannot find module './x'",
  },
  {
    program: 'node, an error with a cause',
    stderr: `(node:7) [DEP0040] DeprecationWarning: The \`punycode\` module is deprecated.
(Use \`node --trace-deprecation ...\` to show where the warning was created)
file:///srv/c.mjs:1
throw new Error('GITHUB_TOKEN is not set', {cause: new TypeError('inner')})
      ^

Error: GITHUB_TOKEN is not set
    at file:///srv/c.mjs:1:7
    at async ModuleLoader.import (node:internal/modules/esm/loader:606:24) {
  [cause]: TypeError: inner
      at file:///srv/c.mjs:1:52
      at ModuleJob.run (node:internal/modules/esm/module_job:325:25)
}

Node.js v20.20.2`,
    shown: 'Error: GITHUB_TOKEN is not set',
  },
  {
    program: 'python, a missing module',
    stderr: `Traceback (most recent call last):
  File "/srv/a.py", line 1, in <module>
    import mcp
ModuleNotFoundError: No module named 'mcp'`,
    shown: "ModuleNotFoundError: No module named 'mcp'",
  },
  {
    program: 'python -m',
    stderr: '/usr/bin/python3: No module named mcp_server_time',
    shown: '/usr/bin/python3: No module named mcp_server_time',
  },
  {
    program: 'python, an error raised from another',
    stderr: `Traceback (most recent call last):
  File "/srv/b.py", line 2, in <module>
    {}["a"]
    ~~^^^^^
KeyError: 'a'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/srv/b.py", line 4, in <module>
    raise RuntimeError("no config\\nsecond line") from e
RuntimeError: no config
second line`,
    shown: 'RuntimeError: no config',
  },
  {
    program: 'uvx, no network',
    stderr: `error: Failed to fetch: \`https://pypi.org/simple/mcp-server-sqlite/\`
  Caused by: Could not connect, are you offline?
  Caused by: Request failed after 3 retries
  Caused by: error sending request for url (https://pypi.org/simple/mcp-server-sqlite/)
  Caused by: client error (Connect)
  Caused by: dns error: failed to lookup address information: Temporary failure in name resolution`,
    shown:
      'error: Failed to fetch: `https://pypi.org/simple/mcp-server-sqlite/`',
  },
  {
    program: 'uvx, no such package',
    stderr: `  × No solution found when resolving tool dependencies:
  ╰─▶ Because mcp-server-bogus was not found in the package registry and you require mcp-server-bogus, we can conclude that your requirements are unsatisfiable.`,
    shown:
      '╰─▶ Because mcp-server-bogus was not found in the package registry and you require mcp-server-bogus, we can conclude that your requirements are unsatisfiable.',
  },
  {
    program: 'a shell, permission denied',
    stderr: `bash: line 1: /srv/a.py: Permission denied
bash: line 1: exec: /srv/a.py: cannot execute: Permission denied`,
    shown: 'bash: line 1: exec: /srv/a.py: cannot execute: Permission denied',
  },
  {
    program: 'a shell, docker is not there',
    stderr: 'sh: 1: docker: not found',
    shown: 'sh: 1: docker: not found',
  },
  {
    program: 'docker, no daemon',
    stderr: `docker: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?

Run 'docker run --help' for more information`,
    shown:
      'docker: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
  },
  {
    program: 'docker, no such image',
    stderr: `Unable to find image 'mcp/gmail:latest' locally
docker: Error response from daemon: pull access denied for mcp/gmail, repository does not exist or may require 'docker login': denied: requested access to the resource is denied.
See 'docker run --help'.`,
    shown:
      "docker: Error response from daemon: pull access denied for mcp/gmail, repository does not exist or may require 'docker login': denied: requested access to the resource is denied.",
  },
  {
    program: 'Go, a panic',
    stderr: `panic: runtime error: invalid memory address or nil pointer dereference
[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x48f3a5]

goroutine 1 [running]:
main.load(...)
	/srv/main.go:12
main.main()
	/srv/main.go:8 +0x25
exit status 2`,
    shown:
      'panic: runtime error: invalid memory address or nil pointer dereference',
  },
  {
    program: 'Rust, a panic',
    stderr: `thread 'main' panicked at src/main.rs:4:10:
called \`Result::unwrap()\` on an \`Err\` value: NotPresent
note: run with \`RUST_BACKTRACE=1\` environment variable to display a backtrace`,
    shown: 'called `Result::unwrap()` on an `Err` value: NotPresent',
  },
  {
    program: 'Java',
    stderr: `Exception in thread "main" java.lang.IllegalStateException: no API key
	at com.acme.Main.main(Main.java:5)
Caused by: java.io.IOException: no file
	... 3 more`,
    shown:
      'Exception in thread "main" java.lang.IllegalStateException: no API key',
  },
  {
    program: 'a program with usage',
    stderr: `Starting the server
You must set GITHUB_TOKEN
Usage: github-server [options]
Options:
  --port <n>`,
    shown: 'You must set GITHUB_TOKEN',
  },
  {
    program: 'a program that says little',
    stderr: 'no licence\n\n',
    shown: 'no licence',
  },
  {
    program: 'only what surrounds an error',
    stderr:
      'npm error code E500\nnpm error A complete log of this run can be found in: /x',
    shown: 'npm error code E500',
  },
]
