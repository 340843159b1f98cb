/** Everything nginx needs to serve one Config: text, and a digest that names it. Immutable. */
export interface Bundle {
  /** Hex SHA-256, another for other files: the generation that nginx answers on its status port. */
  readonly digest: string
  /** By path relative to the bundle's directory; `nginx.conf` is always there. */
  readonly files: ReadonlyMap<string, string>
  /** Key files that the configuration refers to, by path relative to the state directory. Secret. */
  readonly keyFiles: readonly KeyFile[]
}

/** A secret that is written once, mode 0600, and never changed: its name is a digest of its content. */
export interface KeyFile {
  readonly path: string
  readonly text: () => string
}
