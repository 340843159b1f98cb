import type { DirectiveView } from '../render/views.ts'

/** Text between the words of a line, and which of them stands in each gap. */
interface Shape {
  readonly texts: readonly string[]
  readonly places: readonly (number | 'from')[]
}

/** Blocks of one line that are remembered at most. */
const mostBlocks = 2_000

/**
 * `template`, which prints a list of directives, in a fraction of the time. A template cannot ask what a word
 * says, only how many there are: so each shape of a line is printed once, with marks in the places of its
 * words, and is filled in for all lines of that shape. Blocks of one line, which are the same in most
 * locations, and lists that several locations share are printed once.
 */
export function byShape(template: HandlebarsTemplateDelegate): HandlebarsTemplateDelegate {
  const shapes = new Map<string, Shape>()
  const blocks = new Map<string, string>()
  const lists = new WeakMap<readonly DirectiveView[], string>()

  const lineOf = (line: DirectiveView, options?: RuntimeOptions): string => {
    const key = `${line.words.length} ${line.from === null}`
    let shape = shapes.get(key)
    if (shape === undefined) {
      shape = shapeOf(template([markedView(line)], options))
      shapes.set(key, shape)
    }
    return filled(shape, line)
  }
  const blockOf = (block: DirectiveView, options?: RuntimeOptions): string => {
    const [inside, ...more] = block.block
    if (inside === undefined || inside.isBlock || more.length > 0) return template([block], options)
    const key = [...block.words, block.from, ...inside.words, inside.from].join('\n')
    let text = blocks.get(key)
    if (text === undefined) {
      text = template([block], options)
      if (blocks.size >= mostBlocks) blocks.clear()
      blocks.set(key, text)
    }
    return text
  }
  return (directives: readonly DirectiveView[], options) => {
    let text = lists.get(directives)
    if (text === undefined) {
      text = ''
      for (const one of directives)
        text += one.isBlock ? blockOf(one, options) : lineOf(one, options)
      lists.set(directives, text)
    }
    return text
  }
}

// No token has a control character.
const mark = '\u0001'

const markedView = ({ words, from, ...line }: DirectiveView): DirectiveView => ({
  ...line,
  words: words.map((_, i) => `${mark}${i}${mark}`),
  from: from === null ? null : `${mark}from${mark}`,
})

function shapeOf(text: string): Shape {
  const pieces = text.split(mark)
  return {
    texts: pieces.filter((_, i) => i % 2 === 0),
    places: pieces
      .filter((_, i) => i % 2 === 1)
      .map((place) => (place === 'from' ? place : Number(place))),
  }
}

function filled({ texts, places }: Shape, { words, from }: DirectiveView): string {
  let text = texts[0] ?? ''
  for (const [i, place] of places.entries())
    text += (place === 'from' ? from : words[place]) + (texts[i + 1] ?? '')
  return text
}
