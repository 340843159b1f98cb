import type { Diagnostic } from '../diagnostics.ts'
import { decode } from '../objects/decode.ts'
import type { Kind, KubernetesObject } from '../objects/kinds.ts'
import { keyOf } from '../objects/meta.ts'
import type { Key } from '../objects/meta.ts'
import { fieldsOf, textOf } from './raw.ts'
import { isSameContent } from './same-content.ts'

/** One object as the API server has it. */
export interface Held {
  readonly uid: string
  readonly resourceVersion: string
  /** The last version that could be decoded; undefined if none could. */
  readonly object: KubernetesObject | undefined
  /** Why the present version could not be; empty if it could. */
  readonly diagnostics: readonly Diagnostic[]
}

/** The key of an object, and what is held of it now: undefined if it is gone. */
export type Step = readonly [key: Key, held: Held | undefined]

/** The objects of one list of the API server, decoded and trimmed one at a time. */
export class Replica {
  readonly kind: Kind
  #held = new Map<Key, Held>()

  constructor(kind: Kind) {
    this.kind = kind
  }

  get(key: Key): Held | undefined {
    return this.#held.get(key)
  }

  entries(): Iterable<Step> {
    return this.#held.entries()
  }

  /** An ADDED or MODIFIED event. */
  put(raw: unknown): readonly Step[] {
    const [key, held] = this.#take(raw)
    if (this.#held.get(key) === held) return []
    this.#held.set(key, held)
    return [[key, held]]
  }

  /** A DELETED event. */
  remove(raw: unknown): readonly Step[] {
    const key = keyOf(identityOf(raw))
    return this.#held.delete(key) ? [[key, undefined]] : []
  }

  /**
   * Collects a complete list, page by page. Nothing changes before `finish`, which finds what was
   * deleted meanwhile; a list that broke off is dropped.
   */
  relist(): { readonly add: (raw: unknown) => void; readonly finish: () => readonly Step[] } {
    const listed = new Map<Key, Held>()
    return {
      add: (raw) => {
        listed.set(...this.#take(raw))
      },
      finish: () => {
        const before = this.#held
        this.#held = listed
        const gone = [...before.keys()].filter((key) => !listed.has(key))
        const changed = [...listed].filter(([key, held]) => before.get(key) !== held)
        return [...gone.map((key): Step => [key, undefined]), ...changed]
      },
    }
  }

  /** What is already held stays the same object where nothing that Sluice reads is different. */
  #take(raw: unknown): readonly [Key, Held] {
    const identity = identityOf(raw)
    const { uid, resourceVersion } = identity
    const key = keyOf(identity)
    const before = this.#held.get(key)
    if (before?.uid === uid && before.resourceVersion === resourceVersion) return [key, before]

    const lastGood = before?.uid === uid ? before.object : undefined
    const decoded = decode(this.kind, raw)
    if ('diagnostics' in decoded) {
      const instead = 'its last good version counts'
      const diagnostics =
        lastGood === undefined
          ? decoded.diagnostics
          : decoded.diagnostics.map((each) => ({ ...each, instead }))
      return [key, { uid, resourceVersion, object: lastGood, diagnostics }]
    }
    const isSame = lastGood !== undefined && isSameContent(lastGood, decoded.object)
    const object = isSame ? lastGood : decoded.object
    return [key, { uid, resourceVersion, object, diagnostics: none }]
  }
}

const none: readonly Diagnostic[] = []

interface Identity {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
}

/** Of any object that an API server sends, valid for its kind or not. */
function identityOf(raw: unknown): Identity {
  const metadata = fieldsOf(fieldsOf(raw)['metadata'])
  const name = textOf(metadata['name'])
  if (name === '') throw new Error('the API server sent an object without a name')
  return {
    namespace: textOf(metadata['namespace']),
    name,
    uid: textOf(metadata['uid']),
    resourceVersion: textOf(metadata['resourceVersion']),
  }
}
