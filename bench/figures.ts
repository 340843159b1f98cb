/** What repeated measuring found. Never empty. */
export type Sample = readonly number[]

export type Unit = 'ms' | 'MiB' | 'µs' | ''

export function median(sample: Sample): number {
  const sorted = sample.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle]
  if (upper === undefined) throw new Error('nothing was measured')
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2
}

export const mean = (sample: Sample): number =>
  sample.reduce((sum, one) => sum + one, 0) / sample.length

/** As much as no more than a part `of` it, such as 0.99, stays below. */
export function percentile(sample: Sample, of: number): number {
  const sorted = sample.toSorted((a, b) => a - b)
  return sorted[Math.floor(of * sorted.length)] ?? 0
}

/** `152 ms (148–171)`: the median, the least and the most. */
export function figureText(sample: Sample, unit: Unit): string {
  const middle = `${rounded(median(sample))}${unit === '' ? '' : ` ${unit}`}`
  if (sample.length === 1) return middle
  return `${middle} (${rounded(Math.min(...sample))}–${rounded(Math.max(...sample))})`
}

export function ratioText(ratio: number): string {
  return ratio.toFixed(2)
}

/** Three digits are more than a shared machine can tell. */
export function rounded(value: number): string {
  if (value === 0) return '0'
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))))
  return digits === 0
    ? Math.round(value).toLocaleString('en-US')
    : value.toFixed(Math.min(2, digits))
}

export const hostsText = (hosts: number): string =>
  `${hosts.toLocaleString('en-US')} ${hosts === 1 ? 'host' : 'hosts'}`
