// An authorization server for the tests: oidc-provider, with plain pages for login and consent.
// It prints its issuer once it listens.

import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

import Provider from 'oidc-provider';

const PASSWORD = 'correct horse';

const LOOPBACK = {
  application_type: 'native',
  grant_types: [
    'authorization_code',
    'refresh_token',
    'urn:ietf:params:oauth:grant-type:device_code',
  ],
  redirect_uris: ['http://127.0.0.1/callback'],
};

const server = createServer();
await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  claims: { openid: ['sub'] },
  clients: [
    { ...LOOPBACK, client_id: 'public', token_endpoint_auth_method: 'none' },
    {
      ...LOOPBACK,
      client_id: 'confidential',
      client_secret: 'the: client%secret',
      token_endpoint_auth_method: 'client_secret_basic',
    },
  ],
  cookies: { keys: ['for the tests only'] },
  features: {
    devInteractions: { enabled: false },
    deviceFlow: { enabled: true },
    registration: { enabled: true },
    revocation: { enabled: true },
  },
  findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  rotateRefreshToken: () => true,
  scopes: ['openid', 'offline_access', 'mail.read', 'mail.send'],
});

const page = (title, form) => `<!DOCTYPE html>
<html lang="en"><title>${title}</title><h1>${title}</h1>
<form method="post">${form}</form></html>`;

const LOGIN = page(
  'Sign in',
  `<label>User name <input name="username" required></label>
  <label>Password <input name="password" type="password" required></label>
  <button name="action" value="sign-in">Sign in</button>`,
);

const CONSENT = page(
  'Allow access?',
  `<button name="action" value="allow">Allow</button>
  <button name="action" value="deny">Deny</button>`,
);

const granted = async ({ grantId, params, prompt, session }) => {
  const grant = grantId
    ? await provider.Grant.find(grantId)
    : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope((prompt.details.missingOIDCScope ?? []).join(' '));
  grant.addOIDCClaims(prompt.details.missingOIDCClaims ?? []);
  return { consent: { grantId: await grant.save() } };
};

const answered = async (details, { action, username, password }) => {
  if (action === 'allow') {
    return granted(details);
  }
  if (action === 'sign-in' && password === PASSWORD) {
    return { login: { accountId: username } };
  }
  return { error: 'access_denied', error_description: 'The person said no' };
};

provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith('/interaction/')) {
    return next();
  }
  const details = await provider.interactionDetails(ctx.req, ctx.res);
  if (ctx.method === 'GET') {
    ctx.body = details.prompt.name === 'login' ? LOGIN : CONSENT;
    return undefined;
  }
  const form = Object.fromEntries(new URLSearchParams(await text(ctx.req)));
  ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, await answered(details, form)));
  ctx.status = 303;
  return undefined;
});

server.on('request', provider.callback());
console.log(issuer);
