import { annotation } from './annotation.ts'
import { cidrs } from './values.ts'

export const sourceRange = {
  'allowlist-source-range': annotation({
    summary:
      'Clients that may enter, as addresses and networks; others get 403. Replaces the list of the ConfigMap.',
    scope: 'location',
    value: cidrs,
    aliases: ['whitelist-source-range'],
    accepts: ['10.0.0.0/8,192.0.2.7', '2001:db8::/32', '10.1.2.3/8, 127.0.0.1'],
    rejects: ['10.0.0.0/33', '10.0.0', '10', 'all', '10.0.0.0/8;', '300.1.1.1', 'example.com', ','],
    onInvalid: 'deny',
    apply: (allowed) => ({ allowed }),
  }),
}
