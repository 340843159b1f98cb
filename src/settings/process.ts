import { boolean, duration, oneOf } from '../annotations/values.ts'
import { directive } from '../model/directive.ts'
import { nginx, number } from '../model/token.ts'
import { logFormat, unknownVariables } from './log-format.ts'
import { logPath } from './log-path.ts'
import { setting } from './setting.ts'

export const process = {
  'worker-processes': setting({
    summary: 'Number of workers; `auto` for one per processor.',
    value: {
      expected: '"auto" or a whole number from 1 to 1024',
      parse: (text) =>
        text === 'auto'
          ? nginx`auto`
          : /^[1-9][0-9]{0,3}$/.test(text) && Number(text) <= 1024
            ? number(Number(text))
            : undefined,
    },
    default: 'auto',
    accepts: ['4'],
    rejects: ['0', 'all', '-1', '4; user root'],
    main: (workers) => [directive('worker_processes', workers)],
  }),
  'worker-shutdown-timeout': setting({
    summary: 'How long a worker that stops may finish the requests that it has.',
    value: duration,
    default: '240s',
    accepts: ['10s', '1h30m'],
    rejects: ['240', 'long'],
    main: (time) => [directive('worker_shutdown_timeout', time)],
  }),
  'disable-access-log': setting({
    summary:
      'Writes no access log, which saves a twentieth of the processor time of a short request.',
    value: boolean,
    default: 'false',
    accepts: ['true'],
    rejects: ['off'],
  }),
  'disable-http-access-log': setting({
    summary: 'The same as `disable-access-log`.',
    value: boolean,
    default: 'false',
    accepts: ['true'],
    rejects: ['off'],
  }),
  'log-format-upstream': setting({
    summary:
      'Format of the access log, with the variables of nginx and `$namespace`, `$ingress_name`, `$service_name`, `$service_port`, `$proxy_upstream_name`, `$req_id`. Lines are joined. A variable that does not exist is reported, and the rest of the format counts.',
    value: logFormat,
    leftOut: unknownVariables,
    default:
      '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $request_length $request_time [$proxy_upstream_name] [$proxy_alternative_upstream_name] $upstream_addr $upstream_response_length $upstream_response_time $upstream_status $req_id',
    accepts: [
      '{"host":"$host","status":$status}',
      '{\n  "session": "$cookie_CPPSESSIONID",\n  "for": "${http_X_Forwarded_For}"\n}',
      '{\\"host\\":\\"$host\\"}',
      'host:$host\tstatus:$status',
      'escape=none $status',
      `$status ${'long "'.repeat(2000)}`,
      '$proxy_alternative_upstream_name',
    ],
    rejects: ['', '\n', '$nonsense', 'a $ b', 'a\u0000b', 'a\u2028b', 'a'.repeat(16_385)],
  }),
  'log-format-escape-json': setting({
    summary: 'Escapes the variables of the log format for JSON.',
    value: boolean,
    default: 'false',
    accepts: ['true'],
    rejects: ['on'],
  }),
  'access-log-path': setting({
    summary:
      "Where the access log goes. The default is nginx's standard output (with `--nginx-mode=child` a file in the state directory); it counts, too, where nginx cannot open the file or find the server.",
    value: {
      expected: logPath.expected,
      parse: (text) => (text === '' ? null : logPath.parse(text)),
    },
    default: '',
    accepts: [
      '/var/log/nginx/access.log',
      'syslog:server=192.0.2.1:514',
      'syslog:server=[2001:db8::1]:5140,facility=local7,tag=web,severity=info,nohostname',
      'syslog:server=unix:/var/run/log.sock',
    ],
    rejects: [
      'access.log',
      '/a/../b',
      '/a b',
      '/x;',
      '/a/',
      'syslog:',
      'syslog:server=',
      'syslog:server=192.0.2.1:70000',
      `syslog:server=logs.${'a'.repeat(64)}.example.com`,
      'syslog:server=[1]:514',
      'syslog:server=a,tag=x-y',
      'syslog:server=a,server=b',
      'syslog:server=a,x=y',
      'syslog:server=a,',
      'syslog:tag=a',
    ],
  }),
  'error-log-level': setting({
    summary: 'What is logged about errors.',
    value: oneOf(['debug', 'info', 'notice', 'warn', 'error', 'crit', 'alert', 'emerg']),
    default: 'notice',
    accepts: ['warn'],
    rejects: ['verbose'],
  }),
}
