import { directiveNames, isSingle } from '../../src/model/directive.ts'

/** A line of an nginx.conf as Sluice prints it. */
export interface Line {
  readonly text: string
  /** What stands behind it: annotations, keys, an object, or a reason. */
  readonly comment: string | undefined
  /** Whether the comment above it names an object. */
  readonly isNamed: boolean
  /** The lines in its braces. */
  readonly block: readonly Line[] | undefined
}

export function linesOf(text: string): readonly Line[] {
  const top: Line[] = []
  const open = [top]
  let above = ''
  for (const printed of text.split('\n')) {
    const [, line = '', brace, comment] = /^ *(.*?)(;| \{)(?: # (.*))?$/.exec(printed) ?? []
    const isComment = /^ *#/.test(printed)
    if (/^ *\}$/.test(printed)) open.pop()
    if (brace !== undefined && !isComment) {
      const block: Line[] | undefined = brace === ';' ? undefined : []
      const isNamed = /^ *# (?:Ingress|Service|URL|Sluice) /.test(above)
      open.at(-1)?.push({ text: line, comment, isNamed, block })
      if (block !== undefined) open.push(block)
    }
    above = isComment ? printed : ''
  }
  return top
}

export const directiveOf = (text: string): string => text.split(' ', 1)[0] ?? ''

/** Where lines stand: the blocks that they are in, of a server with its host. */
export interface Place {
  readonly id: string
  /** Any location of the same server. */
  readonly anyLocation: string
  /** Whether the comment above the block names an object. */
  readonly isNamed: boolean
}

export const root: Place = { id: '', anyLocation: '', isNamed: false }
export const http = placeIn(root, { text: 'http', isNamed: false })

export function placeIn(
  { id, anyLocation }: Place,
  { text, isNamed, block = [] }: Pick<Line, 'text' | 'isNamed'> & Partial<Line>,
): Place {
  const host = block.find((line) => line.text.startsWith('server_name '))?.text ?? ''
  const step = ` > ${text} ${host}`
  const folded = text.startsWith('location ') ? ' > location' : step
  return { id: id + step, anyLocation: anyLocation + folded, isNamed }
}

/** The texts of lines by their places. */
export class Places {
  readonly #texts = new Map<string, Set<string>>()

  constructor(lines: readonly Line[]) {
    this.#add(lines, root)
  }

  #add(lines: readonly Line[], place: Place): void {
    for (const id of [place.id, place.anyLocation]) {
      const known = this.#texts.get(id) ?? new Set()
      for (const { text } of lines) known.add(inherited(text))
      this.#texts.set(id, known)
    }
    for (const line of lines)
      if (line.block !== undefined) this.#add(line.block, placeIn(place, line))
  }

  has({ id }: Place): boolean {
    return this.#texts.has(id)
  }

  hasLine({ id }: Place, text: string): boolean {
    return this.#texts.get(id)?.has(inherited(text)) === true
  }

  /** Whether some location of the server has it. */
  hasLineInAnyLocation({ anyLocation }: Place, text: string): boolean {
    return this.#texts.get(anyLocation)?.has(inherited(text)) === true
  }

  /** Whether a line with the same directive stands there, of which there is only one. */
  hasSingle({ id }: Place, text: string): boolean {
    const name = directiveOf(inherited(text))
    return (
      directiveNames.some((one) => one === name && isSingle(one)) &&
      [...(this.#texts.get(id) ?? [])].some((other) => directiveOf(other) === name)
    )
  }
}

/** nginx has names of their own for gRPC. Where one header is another, all headers stand again. */
const inherited = (text: string): string => text.replace(/^grpc_/, 'proxy_')
