/** `@peculiar/x509`, behind what it needs to be loaded before it. */
// oxlint-disable-next-line import/no-unassigned-import -- it only changes a global object
import 'reflect-metadata'
export * from '@peculiar/x509'
