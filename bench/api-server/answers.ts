import { once } from 'node:events'
import { get } from 'node:http'
import type { Agent, IncomingMessage } from 'node:http'
import { get as getSecure } from 'node:https'
import { setTimeout as delay } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import { ask } from '../support/ask.ts'
import type { Question } from '../support/ask.ts'
import { addressesOf, hostOf } from '../support/workload.ts'
import { inParallel } from './cluster.ts'
import { plainHost, plainHosts } from './hosts.ts'

/** The address of the endpoint that answered 200; else the status or what happened instead. */
export async function whoAnswers(
  question: Question,
  agent: Agent | false = false,
): Promise<string> {
  const { port, host, path = '/' } = question
  try {
    const sent = get({ host: '127.0.0.1', port, path, headers: { host }, agent })
    return await addressIn((await once(sent, 'response')) as [IncomingMessage])
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code ?? error)
  }
}

/**
 * Asks every host once over TLS: the answer of one of its own endpoints under a certificate of its
 * own is right, and everything else is told.
 */
export async function wrongHosts(httpsPort: number, hosts: number): Promise<string[]> {
  const wrong: string[] = []
  const askOne = async (i: number): Promise<void> => {
    const said = await securely(httpsPort, hostOf(i))
    if (!addressesOf(i).includes(said)) wrong.push(said)
  }
  await inParallel(0, hosts, askOne, 4)
  return wrong
}

async function securely(port: number, servername: string): Promise<string> {
  try {
    const sent = getSecure({
      host: '127.0.0.1',
      port,
      servername,
      rejectUnauthorized: false,
      agent: false,
      headers: { host: servername },
    })
    const answered = (await once(sent, 'response')) as [IncomingMessage]
    const { CN } = (answered[0].socket as TLSSocket).getPeerCertificate().subject
    const said = await addressIn(answered)
    return CN === servername ? said : `a certificate for ${String(CN)}`
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code ?? error)
  }
}

async function addressIn([answer]: [IncomingMessage]): Promise<string> {
  let body = ''
  for await (const chunk of answer) body += String(chunk)
  return answer.statusCode === 200 ? body : String(answer.statusCode)
}

export interface Others {
  readonly asked: number
  readonly failed: readonly string[]
}

const pauseMs = 10

/** Asks hosts that nothing is done to, one after the other, until `signal`. */
export async function askOthers(
  httpPort: number,
  hosts: number,
  signal: AbortSignal,
): Promise<Others> {
  const failed: string[] = []
  let asked = 0
  while (!signal.aborted) {
    const n = asked++
    const isPlain = n % 2 === 0
    const host = isPlain ? plainHost((n / 2) % plainHosts) : hostOf((n * 7) % hosts)
    const answer = await ask({ port: httpPort, host })
    if (answer !== (isPlain ? '200' : '308')) failed.push(answer)
    await delay(pauseMs)
  }
  return { asked, failed }
}

export const failedText = (failed: readonly string[]): string =>
  failed.length === 0 ? '0 errors' : `${failed.length} errors: ${[...new Set(failed)].join(', ')}`
