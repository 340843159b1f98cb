import { execa } from 'execa'
import { readFile } from 'node:fs/promises'
import { cluster } from '../support/cluster.ts'
import { controllerImage } from '../support/images.ts'
import { until } from '../support/until.ts'

const manifest = new URL('../../manifests/deploy.yaml', import.meta.url)
const { kubectl, apply, inside } = cluster()

export interface Pod {
  readonly name: string
  readonly ip: string
  readonly isReady: boolean
  /** By container: how often kubelet started it again. */
  readonly restarts: Readonly<Record<string, number>>
}

/** Applies `manifests/deploy.yaml` and nothing else. */
export async function install(): Promise<void> {
  await apply(await readFile(manifest, 'utf8'))
}

export async function uninstall(): Promise<void> {
  // Its pods first: a namespace waits for half of their grace period before it looks again.
  const deployment = ['deployment', 'sluice', '--namespace=sluice', '--ignore-not-found']
  await kubectl('delete', ...deployment, '--cascade=foreground', '--wait')
  await kubectl('delete', '--filename', manifest.pathname, '--ignore-not-found', '--wait')
}

/** The pods of the controller that are not on their way out, when all that are wanted are ready. */
export async function replicas(count: number, timeoutMs = 60_000): Promise<Pod[]> {
  return until(
    `${count} replicas ready`,
    async () => {
      const pods = await podsOf('sluice', 'app.kubernetes.io/name=sluice')
      return pods.length === count && pods.every((pod) => pod.isReady) && pods
    },
    { timeoutMs },
  )
}

interface PodStatus {
  readonly podIP?: string
  readonly conditions?: readonly { readonly type: string; readonly status: string }[]
  readonly containerStatuses?: readonly ContainerStatus[]
  readonly initContainerStatuses?: readonly ContainerStatus[]
}
interface ContainerStatus {
  readonly name: string
  readonly restartCount: number
}

export async function podsOf(namespace: string, selector: string): Promise<Pod[]> {
  const text = await kubectl('get', 'pods', '-n', namespace, '-l', selector, '-o', 'json')
  const { items } = JSON.parse(text) as {
    items: { metadata: { name: string; deletionTimestamp?: string }; status: PodStatus }[]
  }
  return items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata, status }) => ({
      name: metadata.name,
      ip: status.podIP ?? '',
      isReady: status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false,
      restarts: Object.fromEntries(
        [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].map(
          ({ name, restartCount }) => [name, restartCount],
        ),
      ),
    }))
}

/** The address at which the controller's Service answers inside the cluster. */
export async function serviceAddress(): Promise<string> {
  return kubectl('get', 'service', 'sluice', '-n', 'sluice', '-o', 'jsonpath={.spec.clusterIP}')
}

export interface Answer {
  readonly status: number
  readonly body: string
}

/** One request on a fresh connection, from inside the cluster. Status 0: no answer. */
export async function get(address: string, host: string, path: string): Promise<Answer> {
  const url = `http://${address}${path}`
  const script = `curl -s --max-time 5 -w '\\n%{http_code}' -H "Host: $1" "$2" || true`
  const text = await inside('sh', '-c', script, 'sh', host, url)
  const end = text.lastIndexOf('\n')
  return { status: Number(text.slice(end + 1)), body: text.slice(0, Math.max(0, end)) }
}

/** `sh -c script` in a container of one of the controller's pods. */
export async function inContainer(pod: string, name: string, script: string): Promise<string> {
  return kubectl('exec', '-n', 'sluice', pod, '-c', name, '--', 'sh', '-c', script)
}

/**
 * A user's application of which each pod answers with its own name, and its Ingress for `host`.
 * Its pods run the controller's image, which has node. Told to stop, a pod goes on answering until
 * the proxies know.
 */
export function application(name: string, host: string, version: string, replicas: number): string {
  const script =
    "const server = require('node:http').createServer((request, response) => " +
    'response.end(process.env.HOSTNAME + " " + process.env.VERSION + " " + request.url));' +
    'server.listen(3000); process.on("SIGTERM", () => server.close(() => process.exit(0)))'
  return `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: default}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: ${name}}}
  strategy: {rollingUpdate: {maxUnavailable: 0, maxSurge: 1}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
        - name: ${name}
          image: ${controllerImage}
          imagePullPolicy: IfNotPresent
          command: [node, -e, ${JSON.stringify(script)}]
          env: [{name: VERSION, value: ${JSON.stringify(version)}}]
          ports: [{name: web, containerPort: 3000}]
          readinessProbe: {httpGet: {path: /, port: web}, periodSeconds: 1}
          lifecycle: {preStop: {sleep: {seconds: 3}}}
---
apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: default}
spec:
  selector: {app: ${name}}
  ports: [{name: http, port: 80, targetPort: web}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: ${name}, namespace: default}
spec:
  ingressClassName: nginx
  rules:
    - host: ${host}
      http:
        paths: [{path: /, pathType: Prefix, backend: {service: {name: ${name}, port: {name: http}}}}]
`
}

/** Removes what `application` made. */
export async function removeApplication(name: string): Promise<void> {
  const kinds = 'ingress,service,deployment'
  await kubectl('delete', kinds, name, '-n', 'default', '--ignore-not-found', '--wait=false')
}

/** A key and a certificate for `host` that signs itself, in PEM. */
export async function selfSigned(host: string): Promise<{ key: string; certificate: string }> {
  const subject = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`]
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', '-']
  const { stdout } = await execa('openssl', ['req', '-x509', ...key, ...subject, '-days', '2'])
  const at = stdout.indexOf('-----BEGIN CERTIFICATE')
  return { key: stdout.slice(0, at), certificate: stdout.slice(at) }
}
