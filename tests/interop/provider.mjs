// node's oidc-provider with one client, on a port of its own. Run by provider.py.
//
// It listens on 127.0.0.1, prints its address as one line of JSON, and ends when its standard input
// closes. So it never outlives the test run.

import { createServer } from 'node:http';
import { once } from 'node:events';

// The library's notices go to stderr: stdout has only our line, and nothing reads that pipe later.
console.info = console.error;
const { default: Provider } = await import('oidc-provider');

const settings = JSON.parse(process.env.PROVIDER_SETTINGS);
const mount = settings.mount ?? '';

const server = createServer();
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const origin = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(origin + mount, {
  clients: [
    {
      client_id: settings.client_id,
      client_secret: settings.client_secret,
      token_endpoint_auth_method: 'client_secret_post',
      redirect_uris: [settings.redirect_uri],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
    },
  ],
  cookies: { keys: ['a key of tests'] },
  features: {
    devInteractions: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
  },
  findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  pkce: { required: () => true, methods: ['S256'] },
  // By default a confidential client's refresh tokens rotate only when old; Katana's always rotate.
  rotateRefreshToken: true,
  ttl: {
    AccessToken: settings.access_token_life ?? 3600,
    AuthorizationCode: 60,
    Grant: 86400,
    IdToken: 3600,
    Interaction: 3600,
    RefreshToken: 86400,
    Session: 86400,
  },
});

// The events in order, without secrets: names of events, grants and errors.
const audit = [];
const note = (event, details) => audit.push({ event, ...details });

provider.on('authorization.success', () => note('authorization.success'));
provider.on('authorization.error', (ctx, error) => note('authorization.error', { error: error.error }));
provider.on('grant.success', (ctx) => note('grant.success', { type: ctx.oidc.params.grant_type }));
provider.on('grant.error', (ctx, error) => note('grant.error', {
  type: ctx.oidc.params?.grant_type,
  error: error.error,
  why: error.error_detail, // not sent to the client
}));
provider.on('authorization_code.consumed', ({ grantId }) => note('authorization_code.consumed', { grant: grantId }));
provider.on('refresh_token.consumed', ({ grantId }) => note('refresh_token.consumed', { grant: grantId }));
provider.on('refresh_token.saved', ({ grantId }) => note('refresh_token.saved', { grant: grantId }));
provider.on('refresh_token.destroyed', ({ grantId }) => note('refresh_token.destroyed', { grant: grantId }));
provider.on('grant.revoked', (ctx, grantId) => note('grant.revoked', { grant: grantId }));
provider.on('server_error', (ctx, error) => {
  note('server_error', { why: error.message });
  console.error(error);
});

const answer = provider.callback();
server.on('request', (request, response) => {
  if (request.url === '/audit') {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(audit));
    return;
  }
  if (!request.url.startsWith(mount)) {
    response.statusCode = 404;
    response.end();
    return;
  }
  // As Express mounts an application: the provider derives the mount from originalUrl and url.
  request.originalUrl = request.url;
  request.url = request.url.slice(mount.length);
  answer(request, response);
});

process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
console.log(JSON.stringify({ origin, issuer: provider.issuer }));
