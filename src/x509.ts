/** `@peculiar/x509`, behind what it needs to be loaded before it. */
// oxlint-disable-next-line import/no-unassigned-import -- it exports nothing: it adds Reflect.getMetadata, without which the package below throws when it is loaded
import 'reflect-metadata'
export * from '@peculiar/x509'
