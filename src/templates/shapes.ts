import type { DirectiveView } from '../render/views.ts'

type Views = readonly DirectiveView[]

/** Text between what differs from line to line, and what stands in each gap. */
interface Shape {
  readonly texts: readonly string[]
  readonly places: readonly Place[]
  /** What stands before each line of a block. */
  readonly indent: string
}

/** A word, by its position; what caused the line; or the lines of its block. */
type Place = number | 'from' | 'inside'

// No token has a control character.
const mark = '\u0001'

/** Stands for the lines of a block. */
const marked: Views = [{ words: [`${mark}one${mark}`], isBlock: false, block: [], from: null }]

/**
 * `template`, which prints a list of directives, in a fraction of the time. A template cannot ask what a word
 * says, only how many there are: so each shape of a directive is printed once, with marks where words stand,
 * and is filled in for all directives of that shape. What several locations share is printed once.
 */
export function byShape(template: HandlebarsTemplateDelegate): HandlebarsTemplateDelegate {
  const shapes = new Map<string, Shape | undefined>()
  const lists = new WeakMap<Views, string>([[marked, `${mark}inside${mark}\n`]])

  const printed = (one: DirectiveView, options?: RuntimeOptions): string => {
    const { words, isBlock, block, from } = one
    const key = `${words.length} ${from === null} ${isBlock}`
    if (!shapes.has(key)) shapes.set(key, shapeOf(template([markedAs(one)], options), isBlock))
    const shape = shapes.get(key)
    if (shape === undefined || (isBlock && block.length === 0)) return template([one], options)
    return filled(shape, one, isBlock ? listed(block, options) : '')
  }
  const listed = (directives: Views, options?: RuntimeOptions): string =>
    lists.get(directives) ?? directives.map((one) => printed(one, options)).join('')

  return (directives: Views, options) => {
    const text = listed(directives, options)
    lists.set(directives, text)
    return text
  }
}

const markedAs = ({ words, isBlock, from }: DirectiveView): DirectiveView => ({
  words: words.map((_, i) => `${mark}${i}${mark}`),
  isBlock,
  block: isBlock ? marked : [],
  from: from === null ? null : `${mark}from${mark}`,
})

/** Undefined for a template that prints the lines of a block by itself. */
function shapeOf(text: string, isBlock: boolean): Shape | undefined {
  const [inside, indent = ''] = new RegExp(`^( *)${mark}inside${mark}\n`, 'm').exec(text) ?? []
  if (isBlock && inside === undefined) return undefined
  const line = inside === undefined ? text : text.replace(inside, `${mark}inside${mark}`)
  const pieces = line.split(mark)
  return {
    texts: pieces.filter((_, i) => i % 2 === 0),
    places: pieces.filter((_, i) => i % 2 === 1).map(placeOf),
    indent,
  }
}

const placeOf = (text: string): Place =>
  text === 'from' || text === 'inside' ? text : Number(text)

function filled({ texts, places, indent }: Shape, one: DirectiveView, inside: string): string {
  const parts = [texts[0]]
  for (let i = 0; i < places.length; i++)
    parts.push(partAt(places[i] ?? 'from', one, indent, inside), texts[i + 1])
  return parts.join('') // one text, where `+` would leave one for each part until somebody reads it
}

function partAt(
  place: Place,
  { words, from }: DirectiveView,
  indent: string,
  inside: string,
): string {
  if (place === 'inside') return indent + inside.slice(0, -1).replaceAll('\n', `\n${indent}`) + '\n'
  return (place === 'from' ? from : words[place]) ?? ''
}
