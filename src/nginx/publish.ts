import type { Bundle } from '../render/bundle.ts'
import {
  bundleDir,
  currentDigest,
  keepNewest,
  makeCurrent,
  setAside,
  writeBundle,
} from './bundles.ts'
import type { Instance, ReloadOutcome } from './instance.ts'
import { removeWhole } from './files.ts'
import { removeKeyFiles, writeKeyFiles } from './key-files.ts'
import { placeOf } from './place.ts'
import type { Place } from './place.ts'
import { workersOf } from './processes.ts'
import type { Program, Verdict } from './program.ts'
import { serial } from './serial.ts'
import { settled } from './settled.ts'
import { prepare, stateDirAt } from './state-dir.ts'
import type { StateDir } from './state-dir.ts'

export type Outcome =
  | { readonly kind: 'published'; readonly digest: string; readonly ms: number }
  | { readonly kind: 'unchanged'; readonly digest: string }
  /** nginx would take it, but the caller did not want it any more. */
  | { readonly kind: 'overtaken'; readonly digest: string }
  /** On the disk and current; nginx does not run yet, and will read it when it starts. */
  | { readonly kind: 'prepared'; readonly digest: string }
  | {
      readonly kind: 'rejected'
      readonly digest: string
      readonly stderr: string
      readonly place?: Place
    }
  | { readonly kind: 'unconfirmed'; readonly digest: string; readonly reason: string }

const keptBundles = 5

/**
 * Checks `bundle` and makes it the configuration nginx serves. A rejected bundle changes nothing.
 *
 * A bundle gets a directory of its own, written under a temporary name. `current` is a link that a
 * rename moves from the old one to the new one, so that nginx, whenever it starts, reads the one or
 * the other, never half. A reload can fail after its command succeeded (a port that somebody else
 * has, say), so the last step asks nginx itself which bundle it serves; if it is still the old one,
 * the link goes back to it, because a restarted nginx could not serve the new one either.
 *
 * `goesOn` is asked when nothing is left but the link and the reload: if not, nothing has happened.
 *
 * Rejects where the disk refused; then too the old bundle stays.
 */
export function publish(
  bundle: Bundle,
  stateDir: string,
  program: Program,
  instance: Instance,
  goesOn: () => Promise<boolean> = always,
): Promise<Outcome> {
  const inTurn = turns.get(stateDir) ?? serial()
  turns.set(stateDir, inTurn)
  return inTurn(() => publishNow(bundle, stateDirAt(stateDir), program, instance, goesOn))
}

const always = (): Promise<boolean> => Promise.resolve(true)

const turns = new Map<string, ReturnType<typeof serial>>()

async function publishNow(
  bundle: Bundle,
  state: StateDir,
  program: Program,
  instance: Instance,
  goesOn: () => Promise<boolean>,
): Promise<Outcome> {
  const { digest } = bundle
  const started = performance.now()
  const before = await currentDigest(state)
  if (before === digest) {
    if (instance.master === null) return { kind: 'prepared', digest }
    if (await instance.serves(digest, 1000)) return { kind: 'unchanged', digest }
  }

  const written = await onDisk(
    state,
    prepare(state).then(() => writeBundle(state, bundle)),
  )
  const testStarted = performance.now()
  // A test reads no key file, because variables name them: both at once.
  const [verdict] = await settled([
    program.test(`${bundleDir(state, digest)}/nginx.conf`),
    onDisk(state, writeKeyFiles(state, bundle.keyFiles)),
  ])
  if (!verdict.ok) return rejected(state, bundle, written === 'new', verdict)
  // A reload costs nginx as long as the test, then forks; the rest is for a machine under load.
  const patienceMs = 5000 + 4 * (performance.now() - testStarted)

  if (!(await goesOn())) {
    if (written === 'new') await removeWhole(bundleDir(state, digest))
    return { kind: 'overtaken', digest }
  }
  await makeCurrent(state, digest)
  const outcome = await instance.reload()
  if (outcome.kind === 'starting') return { kind: 'prepared', digest }
  if (outcome.kind === 'failed' || !(await instance.serves(digest, patienceMs))) {
    if (before !== undefined && before !== digest) await makeCurrent(state, before)
    return { kind: 'unconfirmed', digest, reason: reasonOf(outcome, instance, patienceMs) }
  }
  const ms = Math.round(performance.now() - started)
  await tidy(state, instance)
  return { kind: 'published', digest, ms }
}

async function onDisk<T>({ root }: StateDir, written: Promise<T>): Promise<T> {
  try {
    return await written
  } catch (cause) {
    throw new Error(`the bundle could not be written to ${root}`, { cause })
  }
}

async function rejected(
  state: StateDir,
  bundle: Bundle,
  isNew: boolean,
  verdict: Verdict,
): Promise<Outcome> {
  const { digest } = bundle
  const place = placeOf(verdict.stderr, bundle)
  // A bundle that nginx once took may be the current one: then the world changed, and it stays.
  if (isNew) await setAside(state, digest)
  const stderr = isNew
    ? verdict.stderr.replaceAll(bundleDir(state, digest), state.rejected)
    : verdict.stderr
  return { kind: 'rejected', digest, stderr, ...(place === undefined ? {} : { place }) }
}

function reasonOf(outcome: ReloadOutcome, instance: Instance, patienceMs: number): string {
  if (outcome.kind === 'failed') return outcome.reason
  return (
    instance.complaint?.() ??
    `nginx did not answer with the new bundle within ${Math.round(patienceMs / 1000)} s; its error log tells why`
  )
}

/** What is served is served: what cannot be removed now is tried again at the next publish. */
async function tidy(state: StateDir, { master }: Instance): Promise<void> {
  try {
    const needed = await keepNewest(state, keptBundles)
    await removeKeyFiles(state, needed, master === null ? [] : workersOf(master))
  } catch {
    // A disk that refuses to remove refuses the next bundle too, and that is reported.
  }
}
