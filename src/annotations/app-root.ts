import { block, directive } from '../model/directive.ts'
import { nginx, template } from '../model/token.ts'
import { feature, field } from './feature.ts'
import { pathText } from './values.ts'

export const appRoot = feature(
  'app-root',
  {
    'app-root': field({
      summary:
        'Path to which a request for `/` of the host is redirected (302). Of several Ingresses of a host the oldest one that has it counts, among those of the namespace that owns the host.',
      value: pathText,
      accepts: ['/app', '/app/index.html', '/a:b/~c'],
      rejects: ['app', '/a b', '/a;b', '/$host', '/a?b=c', 'https://www.example.org/', ''],
    }),
  },
  ({ 'app-root': path }, { request: { scheme, host }, from }) =>
    path === undefined
      ? undefined
      : {
          server: {
            redirect: [
              block(
                'if',
                [nginx`($uri`, nginx`=`, nginx`/)`],
                [
                  {
                    ...directive(
                      'return',
                      nginx`302`,
                      template(`${scheme}://${host}${path}`, () => true),
                    ),
                    origin: from('app-root'),
                  },
                ],
              ),
            ],
          },
        },
)
