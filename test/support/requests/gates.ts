export interface Gate {
  readonly opened: Promise<void>
  readonly open: () => void
}

const gates = new Map<string, Gate>()

/** The gate of this name, between a client and a backend: the one waits for what the other has seen. */
export function gate(id: string): Gate {
  let found = gates.get(id)
  if (found === undefined) {
    const { promise, resolve } = Promise.withResolvers<void>()
    found = { opened: promise, open: resolve }
    gates.set(id, found)
  }
  return found
}
