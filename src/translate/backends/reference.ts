import type { Balance, Destination } from '../../annotations/look.ts'

/** Endpoints that something refers to, and how one of them is chosen. Equal ones have the same text. */
export interface Reference {
  readonly text: string
  readonly to: Destination
  readonly balance: Balance
}

const inTurn: Balance = {}

export function referenceTo(to: Destination, balance: Balance = inTurn): Reference {
  return { text: `${destinationText(to)} ${balance.hash ?? ''}`, to, balance }
}

function destinationText(to: Destination): string {
  switch (to.kind) {
    case 'service': {
      const { service, port, viaClusterIp, otherwise } = to
      const rest =
        otherwise === undefined ? '' : ` ${otherwise.service}:${portText(otherwise.port)}`
      return `${service}:${portText(port)}:${viaClusterIp}${rest}`
    }
    case 'url':
      return `url ${to.host} ${to.port}`
  }
}

const portText = (port: number | string | undefined): string => `${typeof port}:${port}`
