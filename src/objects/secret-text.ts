import { createHash } from 'node:crypto'
import { inspect } from 'node:util'

/** Secret bytes as text. Whatever prints it shows a digest; `reveal` is for key files and parsers alone. */
export class SecretText {
  readonly #text: string
  #digest: string | undefined

  constructor(text: string) {
    this.#text = text
  }

  reveal(): string {
    return this.#text
  }

  /** Hex SHA-256 of the content. */
  get digest(): string {
    return (this.#digest ??= createHash('sha256').update(this.#text).digest('hex'))
  }

  toString(): string {
    return `[secret ${this.digest.slice(0, 8)}]`
  }

  toJSON(): string {
    return this.toString()
  }

  [inspect.custom](): string {
    return this.toString()
  }
}
