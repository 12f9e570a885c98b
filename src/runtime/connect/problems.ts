// What goes wrong on the pages: one row each, with its status and its words.
// In: the name of a problem. Out: what happened, and what to do.
// INVARIANT: a text says nothing of a server, a person or a secret.

export interface Problem {
  readonly status: number
  readonly title: string
  readonly text: string
  /** For the audit. */
  readonly reason: string
}

const problem = (
  status: number,
  reason: string,
  title: string,
  text: string,
): Problem => Object.freeze({ status, reason, title, text })

export const PROBLEMS = Object.freeze({
  host: problem(
    403,
    'connect: host',
    'This address is not served',
    'The gateway does not serve pages under this name. Open the address that its operator gave you.',
  ),
  origin: problem(
    403,
    'connect: origin',
    'This form was not accepted',
    'It was not sent from a page of this gateway. Open the page again and repeat what you did there.',
  ),
  form: problem(
    403,
    'connect: form',
    'This form is out of date',
    'It belongs to an earlier session in this browser. Open the page again and repeat what you did there.',
  ),
  body: problem(
    400,
    'connect: body',
    'This form could not be read',
    'Open the page again and repeat what you did there.',
  ),
  size: problem(
    413,
    'connect: size',
    'This form is too long',
    'The gateway reads at most 8 KiB. Open the page again and repeat what you did there.',
  ),
  type: problem(
    415,
    'connect: type',
    'This form could not be read',
    'The gateway reads forms of this page only. Open the page again and repeat what you did there.',
  ),
  fault: problem(
    500,
    'connect: fault',
    'The gateway made an error',
    'Try again in a minute; if that does not help, tell the operator of the gateway.',
  ),
  pace: problem(
    429,
    'connect: pace',
    'Too many requests',
    'Too many of them came from you, or were refused at your network address. Wait a minute, then try again.',
  ),
  session: problem(
    401,
    'connect: session',
    'Enter your gateway token',
    'Your session in this browser has ended. Enter your gateway token, then repeat what you did.',
  ),
  server: problem(
    404,
    'connect: server',
    'There is no such server for you',
    'No server of this name can be connected by you. Check the address, or ask the operator of the gateway which servers your roles allow.',
  ),
  flow: problem(
    400,
    'connect: state',
    'This sign-in is over',
    'It was used already, it is older than ten minutes, or the gateway was restarted. Nothing was changed. Start again with Connect.',
  ),
  visit: problem(
    400,
    'connect: visit',
    'This sign-in is over',
    'It was used already, it is older than ten minutes, or the gateway was restarted. Nothing was given to a program. Start again in the program that sent you here.',
  ),
  browser: problem(
    403,
    'connect: browser',
    'This sign-in was started elsewhere',
    'It was started in another browser, or by another person. Nothing was connected. If you did not start it yourself, close this page and tell the operator of the gateway. To connect your own account, start again with Connect.',
  ),
  declined: problem(
    400,
    'connect: declined',
    'The sign-in was cancelled',
    'You, or the other side, did not allow the access. Nothing was connected. Start again with Connect if that was not what you wanted.',
  ),
  code: problem(
    401,
    'connect: wrong code',
    'This code is not valid',
    'A code is good for one sign-in, ten minutes and five tries. Check it, or ask for another: gateway connect SERVER --as gateway.',
  ),
  audit: problem(
    503,
    'connect: audit',
    'The gateway cannot record this now',
    'Nothing was changed. Try again in a minute; if that does not help, tell the operator of the gateway.',
  ),
})

export type ProblemName = keyof typeof PROBLEMS
