import { execa } from 'execa'
import { access, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import packageJson from '../../package.json' with { type: 'json' }

/** The images of `manifests/deploy.yaml`, under the names that it has for them. */
export const controllerImage = `sluice:${packageJson.version}`
export const nginxImage = 'nginx:1.30'

const root = fileURLToPath(new URL('../..', import.meta.url))
const standIns = fileURLToPath(new URL('kubernetes/images', import.meta.url))

/**
 * Builds the controller's image from this checkout and hands an archive of it, and one of nginx, to
 * `load`. With docker it starts from the official images, else from stand-ins for them.
 */
export async function loadImages(load: (archive: string) => Promise<void>): Promise<void> {
  const engine = (await hasDocker()) ? docker : buildah
  await engine.build()
  const dir = await mkdtemp(join(tmpdir(), 'sluice-images-'))
  try {
    for (const [index, image] of [controllerImage, nginxImage].entries()) {
      const archive = join(dir, `${index}.tar`)
      await engine.save(image, archive)
      await load(archive)
    }
  } finally {
    await rm(dir, { recursive: true })
  }
}

const docker = {
  async build() {
    const build = ['build', '-q', ...(await secrets()), '-f', 'docker/Dockerfile']
    await run('docker', [...build, '-t', controllerImage, '.'])
    await run('docker', ['pull', '-q', nginxImage])
  },
  save: (image: string, archive: string) => run('docker', ['save', '-o', archive, image]),
}

const buildah = {
  async build() {
    await run(standIns, ['build'])
    const build = ['bud', '-q', '--layers', '--isolation=chroot', ...(await secrets())]
    const from = ['NGINX_IMAGE=localhost/nginx:1.30', 'NODE_IMAGE=localhost/node:24']
    const args = from.map((arg) => `--build-arg=${arg}`)
    const file = ['-f', 'docker/Dockerfile', '-t', `localhost/${controllerImage}`]
    await run('buildah', [...build, ...args, ...file, '.'])
  },
  save: (image: string, archive: string) =>
    run(standIns, ['save', `localhost/${image}`, archive, image]),
}

/** The machine's CA certificates, for an npm behind a proxy that has one of its own. */
async function secrets(): Promise<string[]> {
  const bundle = '/etc/ssl/certs/ca-certificates.crt'
  const isThere = await access(bundle).then(
    () => true,
    () => false,
  )
  return isThere ? [`--secret=id=ca,src=${bundle}`] : []
}

async function hasDocker(): Promise<boolean> {
  const { failed } = await execa('docker', ['version'], { reject: false })
  return !failed
}

/** Silent unless it fails: then the error has what the program said. */
async function run(file: string, args: readonly string[]): Promise<void> {
  await execa(file, args, { cwd: root })
}
