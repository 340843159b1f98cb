import { once } from 'node:events'
import { Agent, request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

export interface TrafficSettings {
  readonly port: number
  /** Of the next request or websocket. */
  readonly host: () => string
  /** Connections that are kept. */
  readonly connections: number
  readonly requestsPerSecond: number
  readonly websockets: number
}

export interface Traffic {
  readonly asked: number
  /** What was answered instead of 200. */
  readonly failed: readonly string[]
  readonly opened: number
  /** How websockets ended that did not live to their own end. */
  readonly broken: readonly string[]
}

const lifeMs = [5_000, 25_000] as const
const echoMs = 500
const patienceMs = 5_000

/** Clients of a proxy, from now until `stop`, which waits for what is in flight. */
export function startTraffic(settings: TrafficSettings): { readonly stop: () => Promise<Traffic> } {
  const { connections, requestsPerSecond, websockets } = settings
  const agent = new Agent({ keepAlive: true })
  const over = new AbortController()
  const failed: string[] = []
  const broken: string[] = []
  let asked = 0
  let opened = 0

  const asking = async (i: number): Promise<void> => {
    const gapMs = (1_000 * connections) / requestsPerSecond
    let next = performance.now() + (gapMs * i) / connections
    while (!over.signal.aborted) {
      await delay(Math.max(0, next - performance.now()))
      next += gapMs
      asked++
      const status = await ask(settings, agent)
      if (status !== '200') failed.push(status)
    }
  }
  const talking = async (): Promise<void> => {
    // All ages are there from the beginning.
    let ms = lifeMs[1] * Math.random()
    while (!over.signal.aborted) {
      opened++
      const end = await talk(settings, ms, over.signal)
      if (end !== undefined) broken.push(end)
      ms = lifeMs[0] + (lifeMs[1] - lifeMs[0]) * Math.random()
    }
  }
  const all = [
    ...Array.from({ length: connections }, (_, i) => asking(i)),
    ...Array.from({ length: websockets }, talking),
  ]
  return {
    stop: async () => {
      over.abort()
      await Promise.all(all)
      agent.destroy()
      return { asked, failed, opened, broken }
    },
  }
}

async function ask({ port, host }: TrafficSettings, agent: Agent): Promise<string> {
  try {
    const headers = { host: host() }
    const signal = AbortSignal.timeout(patienceMs)
    const sent = request({ host: '127.0.0.1', port, headers, agent, signal }).end()
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    await once(answer.resume(), 'end')
    return String(answer.statusCode)
  } catch (error) {
    return String(error)
  }
}

/** One websocket that lives for `ms`, or until `signal`; how it ended if that was another end. */
function talk(
  { port, host }: TrafficSettings,
  ms: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  return new Promise((ended) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true }).setEncoding('latin1')
    let head = ''
    let sent = 0
    let heard = 0
    let waited = 0
    const isOpen = (): boolean => head.startsWith('HTTP/1.1 101 ')
    const finish = (end: string | undefined): void => {
      clearInterval(echo)
      clearTimeout(life)
      signal.removeEventListener('abort', stop)
      socket.removeAllListeners().on('error', () => undefined)
      socket.destroy()
      ended(end)
    }
    const stop = (): void => finish(undefined)
    const echo = setInterval(() => {
      if (isOpen() && heard === sent) {
        waited = 0
        sent++
        socket.write('.')
      } else if (++waited > patienceMs / echoMs) finish('silent')
    }, echoMs)
    const life = setTimeout(stop, ms)
    signal.addEventListener('abort', stop)
    socket.on('connect', () =>
      socket.write(
        `GET / HTTP/1.1\r\nHost: ${host()}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n`,
      ),
    )
    socket.on('data', (chunk: string) => {
      if (isOpen()) {
        heard += chunk.length
        return
      }
      head += chunk
      if (head.includes('\r\n\r\n') && !isOpen()) finish(head.slice(9, 12))
    })
    socket.on('error', (error: NodeJS.ErrnoException) => finish(error.code ?? 'error'))
    socket.on('close', () => finish('closed'))
  })
}
