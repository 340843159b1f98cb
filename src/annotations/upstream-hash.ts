import { feature, field } from './feature.ts'
import { hashKey } from './values.ts'

export const upstreamHash = feature('upstream-hash', {
  'upstream-hash-by': field({
    summary:
      'Sends requests for which this comes to the same to the same endpoint (consistent hashing). May hold variables of the request such as `$request_uri`, `$host`, `$remote_addr`, `$http_…`, `$arg_…`, `$cookie_…`.',
    value: hashKey,
    accepts: [
      '$request_uri',
      '$http_X_User',
      '$cookie_JSESSIONID',
      '${host}-$arg_id',
      '$binary_remote_addr',
    ],
    rejects: ['$nonsense', 'a b', 'a;b', '$request_uri"', '$', 'plain', ''],
    policy: (hashBy) => ({ hashBy }),
  }),
})
