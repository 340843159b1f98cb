import type { About } from './feature.ts'

/** Reports each annotation of `given`, which means something only beside `main`, if that is not there. */
export function reportUnused<Name extends string>(
  given: Readonly<Partial<Record<Name, unknown>>>,
  main: Name,
  instead: string,
  { isGiven, warn }: Pick<About<Name>, 'isGiven' | 'warn'>,
): undefined {
  if (isGiven(main)) return
  for (const name of Object.keys(given) as Name[])
    warn(name, { code: 'annotation-invalid', problem: `has no effect without ${main}`, instead })
}
