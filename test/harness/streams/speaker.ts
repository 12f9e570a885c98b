// One session of a server that says things unasked, when it is told to.
// In: messages of its client, two ways out. Out: answers; and, as the tool
// `act` wants it, one message that names no call.
// INVARIANT: it acts when as many calls are under way as it was told to await.

export type Id = string | number

export interface Said {
  readonly id?: Id
  readonly method?: string
  readonly params?: {
    readonly name?: string
    readonly arguments?: Act
    readonly _meta?: { readonly progressToken?: Id }
  }
  readonly result?: unknown
  readonly error?: unknown
}

export interface Act {
  readonly feature: string
  /** Calls under way before it acts. */
  readonly gate: number
  /** Questions at once; 1 when absent. */
  readonly times?: number
  /** Behind the answers, rather than before them. */
  readonly after: boolean
  /** Goes into what it says. */
  readonly nonce: string
}

export interface Ways {
  /** To no call: the stream of the session. */
  say(message: object): void
  answer(id: Id, message: object): void
  /** What came of what was said outside a call. */
  report(nonce: string, outcome: unknown): void
}

const form = { type: 'object', properties: {} }

const ASKS: Readonly<Record<string, (nonce: string) => object>> = {
  sampling: (nonce) => ({
    method: 'sampling/createMessage',
    params: {
      messages: [{ role: 'user', content: { type: 'text', text: nonce } }],
      maxTokens: 9,
    },
  }),
  form: (message) => ({
    method: 'elicitation/create',
    params: { message, requestedSchema: form },
  }),
  url: (message) => ({
    method: 'elicitation/create',
    params: {
      ...{ mode: 'url', message, elicitationId: message },
      url: 'https://e.example/',
    },
  }),
  roots: (nonce) => ({ method: 'roots/list', params: { _meta: { nonce } } }),
  ping: () => ({ method: 'ping' }),
}

const text = (value: unknown) => ({
  content: [{ type: 'text', text: JSON.stringify(value) }],
})

const tool = (name: string) => ({ name, inputSchema: { type: 'object' } })

export class Source {
  readonly #ways: Ways
  readonly #version: string
  /** Of its one resource. */
  readonly #uri: string
  #waiting: Said[] = []
  #next = 1
  readonly #asked = new Map<Id, (answer: unknown) => void>()
  #level = 'none'

  constructor(ways: Ways, version: string, name: string) {
    this.#ways = ways
    this.#version = version
    this.#uri = `note://${name}`
  }

  receive(said: Said): void {
    const { id, method } = said
    if (id === undefined) return
    if (method === undefined) {
      this.#asked.get(id)?.(said.error ?? said.result)
    } else if (method !== 'tools/call') {
      this.#answer(id, this.#answerPlainly(method))
    } else if (said.params?.name === 'act') this.#act(said)
    else this.#answer(id, text(this.#level))
    if (method === 'logging/setLevel') {
      this.#level = Reflect.get(said.params ?? {}, 'level')
    }
  }

  #answerPlainly(method: string): object {
    if (method === 'initialize') {
      const capabilities = {
        tools: { listChanged: true },
        resources: { subscribe: true, listChanged: true },
        logging: {},
      }
      const serverInfo = { name: 'speaker', version: '1' }
      return { protocolVersion: this.#version, capabilities, serverInfo }
    }
    if (method === 'tools/list') {
      return { tools: ['act', 'level'].map(tool) }
    }
    if (method === 'resources/list') {
      return { resources: [{ uri: this.#uri, name: 'one' }] }
    }
    return method === 'resources/templates/list'
      ? { resourceTemplates: [] }
      : {}
  }

  #act(said: Said): void {
    const { arguments: act } = said.params ?? {}
    if (!act) return
    const { feature, gate, after, nonce, times = 1 } = act
    this.#waiting.push(said)
    if (this.#waiting.length < gate) return
    const calls = this.#waiting
    this.#waiting = []
    const answerAll = (value: unknown) => {
      for (const { id } of calls) this.#answer(id as Id, text(value))
    }
    if (times > 1) return this.#askTimes(times, feature, nonce, answerAll)
    if (!after) return this.#perform(feature, nonce, said, answerAll)
    answerAll('done')
    // The answers are on their way, on whatever wire.
    setTimeout(() => {
      const report = (value: unknown) => this.#ways.report(nonce, value)
      this.#perform(feature, nonce, said, report)
    }, 10)
  }

  #perform(
    feature: string,
    nonce: string,
    { params }: Said,
    done: (value: unknown) => void,
  ): void {
    if (feature in ASKS) return this.#ask(feature, nonce, done)
    const progressToken = params?._meta?.progressToken
    const tells: Readonly<Record<string, object>> = {
      log: {
        method: 'notifications/message',
        params: { level: 'warning', data: nonce },
      },
      progress: {
        method: 'notifications/progress',
        params: { progressToken, progress: 1, message: nonce },
      },
      updated: {
        method: 'notifications/resources/updated',
        params: { uri: this.#uri },
      },
    }
    this.#ways.say(tells[feature] ?? {})
    // Whoever has answered this has read what went before.
    this.#ask('ping', nonce, () => done('said'))
  }

  #askTimes(
    times: number,
    what: string,
    nonce: string,
    done: (values: readonly unknown[]) => void,
  ): void {
    const answers: unknown[] = []
    for (let at = 0; at < times; at++) {
      this.#ask(what, nonce, (answer) => {
        answers.push(answer)
        if (answers.length === times) done(answers)
      })
    }
  }

  #ask(what: string, nonce: string, done: (value: unknown) => void): void {
    const id = `q${this.#next++}`
    this.#asked.set(id, done)
    this.#ways.say({ id, ...ASKS[what]?.(nonce) })
  }

  #answer(id: Id, result: object): void {
    this.#ways.answer(id, { id, result })
  }
}
