# Hookline's four services in one image; the container's command names the service:
#
#   docker build -t hookline .
#   docker run hookline dispatcher        (or config-api, retry-scheduler, log-ingestor)
#   docker run hookline config-api rotate-keys        (docs/operations/key-rotation.md)
#
# Target `demo` follows one webhook through a running Hookline (docker-compose.yml, profile demo).

# Pin it by digest where a registry can be reached (docs/operations/going-live.md).
ARG NODE_IMAGE=node:24-slim

# Only the files that npm reads, so that the installations below are repeated only when one of them changes.
FROM ${NODE_IMAGE} AS manifests
WORKDIR /app
COPY . .
RUN find . -type f ! -name package.json ! -name package-lock.json ! -name .npmrc -delete \
  && find . -type d -empty -delete

FROM ${NODE_IMAGE} AS build
WORKDIR /app
ENV TURBO_TELEMETRY_DISABLED=1
COPY --from=manifests /app .
RUN --mount=type=cache,target=/root/.npm npm ci
COPY . .
RUN npm run build -- --filter='./services/*' --filter='./apps/*' --output-logs=errors-only \
  && mkdir /built \
  && cp -r --parents packages/*/dist services/*/dist apps/*/dist packages/shared/avro /built

FROM ${NODE_IMAGE} AS production-dependencies
WORKDIR /app
COPY --from=manifests /app .
# Without scripts: no package of these four needs one, and none can run code here.
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts \
  --workspace=services/config-api --workspace=services/dispatcher \
  --workspace=services/retry-scheduler --workspace=services/log-ingestor

FROM build AS demo
USER node
ENTRYPOINT ["node", "--conditions=hookline-source", "--no-warnings=ExperimentalWarning", "tools/demo-in-network.ts"]

# The last stage is the default target of `docker build`. All files belong to root and are only read.
FROM ${NODE_IMAGE} AS services
WORKDIR /app
# Health and metrics are on PORT; those of config-api, whose PORT is for customers, on HOOKLINE_OPERATIONS_PORT.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080 HOOKLINE_OPERATIONS_PORT=8081
COPY --from=production-dependencies /app .
COPY --from=build /built .
# A numeric id, so that Kubernetes can verify that the user is not root.
USER 1000:1000
EXPOSE 8080 8081
# Ready means that the service is connected and no component has failed.
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# The shell replaces itself with node, so that node receives the signals.
ENTRYPOINT ["/bin/sh", "-c", "main=services/$0/dist/main.js; [ -f $main ] || { echo 'Name the service: config-api, dispatcher, retry-scheduler or log-ingestor' >&2; exit 64; }; exec node --enable-source-maps $main \"$@\""]
