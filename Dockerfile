# One image for everything Mathmill runs as; the command says which:
#   node dist/client-application.js, node dist/server-application.js, or (the default) all in one process.

FROM node:24.21.0-trixie-slim AS base
WORKDIR /app

# The Node that comes as an optional package is for machines that have none, so it stays out of both installations.
FROM base AS build
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci --omit=optional
COPY web/package.json web/package-lock.json web/.npmrc web/
RUN --mount=type=cache,target=/root/.npm npm ci --prefix web
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN node_modules/.bin/tsc -p tsconfig.build.json --sourceMap false --declaration false
# The page runs some of the sources, too.
COPY web/build.ts web/
COPY web/src web/src
RUN node web/build.ts

FROM base AS dependencies
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --omit=optional

FROM base
# An intruder in a container finds no package manager.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn* /opt/yarn* \
  && install -d -m 0700 -o 1000 -g 1000 /data
COPY LICENSE package.json ./
COPY bin bin
COPY deploy/docker/healthcheck.mjs ./
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=build /app/web/dist web/dist

# A container has a network of its own: what listens in it is reached only where its port is published.
ENV NODE_ENV=production HTTP_HOST=0.0.0.0 HTTP_PORT=8080 DATA_DIR=/data
USER 1000:1000
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["node", "/app/healthcheck.mjs"]
CMD ["node", "bin/mathmill.mjs", "serve"]
