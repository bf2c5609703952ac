// The smallest tool that ltijs makes possible, on its relational store: login, launch, a redirect
// to a page that says hello. Its platform, port and database come as JSON in BENCH_LTIJS.
"use strict";

const { Provider } = require("ltijs");
const Database = require("ltijs-sequelize");

const told = JSON.parse(process.env.BENCH_LTIJS);

const store = new Database(told.database.name, told.database.user, "", {
  dialect: "postgres",
  host: told.database.host,
  port: told.database.port,
  logging: false,
});

Provider.setup(
  "a key for nothing but this measurement",
  { plugin: store },
  { appRoute: "/lti/launch", loginRoute: "/lti/login" },
);
Provider.whitelist("/healthz");
Provider.app.get("/healthz", (_request, response) => response.json({ status: "alive" }));
Provider.onConnect((token, _request, response) => {
  response.send(`<!doctype html><title>Hello</title><p>Hello ${token.userInfo.name}`);
});

async function main() {
  await Provider.deploy({ port: told.port, silent: true });
  await Provider.registerPlatform({
    url: told.platform.issuer,
    name: "Bench",
    clientId: told.platform.client_id,
    authenticationEndpoint: told.platform.auth_login_url,
    accesstokenEndpoint: told.platform.auth_token_url,
    authConfig: { method: "JWK_SET", key: told.platform.jwks_url },
  });
}

main();
