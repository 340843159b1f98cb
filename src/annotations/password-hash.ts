/**
 * What nginx can do with a stored password: compare it with what a client sends, nothing at all, or only
 * at a price that all clients of a worker pay, because it does nothing else meanwhile.
 */
export type HashKind = 'usable' | 'unknown' | 'slow'

/** More than these cost a worker about half a second at each request with a password. */
const mostBcrypt = 12
const mostRounds = 700_000

const hash64 = '[./0-9A-Za-z]'

/** Those that nginx knows itself (apr1, SHA, SSHA, PLAIN), and those of crypt(3) of Debian. */
const forms: readonly RegExp[] = [
  new RegExp(`^\\$(?:apr1|1)\\$${hash64}{1,8}\\$${hash64}{22}$`),
  new RegExp(`^\\$2[aby]\\$(?<cost>[0-9]{2})\\$${hash64}{53}$`),
  new RegExp(`^\\$5\\$(?:rounds=(?<rounds>[1-9][0-9]{3,8})\\$)?${hash64}{1,16}\\$${hash64}{43}$`),
  new RegExp(`^\\$6\\$(?:rounds=(?<rounds>[1-9][0-9]{3,8})\\$)?${hash64}{1,16}\\$${hash64}{86}$`),
  new RegExp(`^\\$y\\$(?<yescrypt>j${hash64}{1,10})\\$${hash64}{1,86}\\$${hash64}{43}$`),
  new RegExp(`^${hash64}{13}$`),
  /^\{PLAIN\}./,
]

/** Up to the default of mkpasswd, which takes 16 MiB. */
const mildYescrypt = ['j75', 'j85', 'j95', 'j7T', 'j8T', 'j9T']

export function kindOfHash(hash: string): HashKind {
  const digest = /^\{(SHA|SSHA)\}(.+)$/.exec(hash)
  if (digest !== null) return isDigest(digest[1] === 'SHA', digest[2] ?? '') ? 'usable' : 'unknown'
  const found = forms.map((form) => form.exec(hash)).find((match) => match !== null)
  if (found === undefined) return 'unknown'
  const { cost, rounds, yescrypt } = found.groups ?? {}
  const isSlow =
    Number(cost ?? 0) > mostBcrypt ||
    Number(rounds ?? 0) > mostRounds ||
    (yescrypt !== undefined && !mildYescrypt.includes(yescrypt))
  return isSlow ? 'slow' : 'usable'
}

/** 20 bytes of SHA-1, and for SSHA a salt behind them, as nginx prints them again to compare. */
function isDigest(isBare: boolean, base64: string): boolean {
  const bytes = Buffer.from(base64, 'base64')
  return (isBare ? bytes.length === 20 : bytes.length > 20) && bytes.toString('base64') === base64
}
