/**
 * `array` without the room for more that V8 gives one that grew: 17 places for the first item. Worth it for
 * what is kept of every host.
 */
export const exact = <T>(array: readonly T[]): readonly T[] =>
  array.length === 0 ? nothing : array.slice()

const nothing: readonly never[] = []
