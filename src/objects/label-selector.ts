import { dns1123Subdomain } from './meta.ts'

/** Whether labels are those that a selector asks for. */
export type LabelSelector = (labels: ReadonlyMap<string, string>) => boolean

/**
 * A label selector as kubectl and the API server read it, `team=web,tier in (a, b),!old`: every part
 * must hold. Undefined if `text` is none.
 */
export function labelSelectorOf(text: string): LabelSelector | undefined {
  // A comma in parentheses stands between values.
  const parts = text.split(/,(?![^(]*\))/).map((part) => requirementOf(part.trim()))
  const requirements = parts.filter((part) => part !== undefined)
  if (requirements.length < parts.length) return undefined
  return (labels) => requirements.every((isMet) => isMet(labels))
}

function requirementOf(text: string): LabelSelector | undefined {
  const [, not, existing] = /^(!?)\s*([^\s!=<>(),]+)$/.exec(text) ?? []
  if (existing !== undefined && isKey(existing))
    return (labels) => labels.has(existing) !== (not === '!')

  const [, key = '', comparison, value = ''] =
    /^([^\s!=<>(),]+)\s*(==?|!=|<|>)\s*([^\s!=<>(),]*)$/.exec(text) ?? []
  if (comparison !== undefined) {
    if (!isKey(key) || !isValue(value)) return undefined
    switch (comparison) {
      case '<':
      case '>':
        return comparing(key, comparison, value)
      case '!=':
        return (labels) => labels.get(key) !== value
      default:
        return (labels) => labels.get(key) === value
    }
  }

  const [, of = '', operator, list = ''] =
    /^([^\s!=<>(),]+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(text) ?? []
  const values = list.split(',').map((each) => each.trim())
  if (operator === undefined || list.trim() === '' || !isKey(of) || !values.every(isValue))
    return undefined
  const isIn: LabelSelector = (labels) => values.includes(labels.get(of) ?? none)
  return operator === 'in' ? isIn : (labels) => !isIn(labels)
}

function comparing(key: string, comparison: '<' | '>', text: string): LabelSelector | undefined {
  const bound = numberOf(text)
  if (bound === undefined) return undefined
  return (labels) => {
    const number = numberOf(labels.get(key) ?? none)
    if (number === undefined) return false
    return comparison === '<' ? number < bound : number > bound
  }
}

/** No value of a label. */
const none = ','

const numberOf = (text: string): number | undefined =>
  /^\d{1,15}$/.test(text) ? Number(text) : undefined

const isName = (text: string): boolean => /^[A-Za-z0-9](?:[-\w.]{0,61}[A-Za-z0-9])?$/.test(text)

const isValue = (text: string): boolean => text === '' || isName(text)

function isKey(text: string): boolean {
  const [name = '', prefix, ...rest] = text.split('/').toReversed()
  return (
    rest.length === 0 && isName(name) && (prefix === undefined || dns1123Subdomain.test(prefix))
  )
}
