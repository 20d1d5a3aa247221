# Allgood's command line, by default as a reward server on port 8080.
#
#   docker build -t allgood .
#   docker run -p 8080:8080 -v ./objective:/data:ro -v ./keys.txt:/run/secrets/allgood-keys:ro allgood
#
# /data holds objective.json and the model folders that it names.

FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsdown.config.ts vite.config.ts CHANGELOG.md ./
COPY src ./src
RUN npm run build && npm prune --omit=dev --ignore-scripts
# the engine comes with its libraries for all systems: 290 MB, of which this one needs 45
RUN cd node_modules/onnxruntime-node/bin/napi-v* && mv "linux/$(node -p process.arch)" /tmp/keep \
  && rm -r ./* && mkdir linux && mv /tmp/keep "linux/$(node -p process.arch)"

FROM node:22-bookworm-slim
# many requests of 64 responses do not fit Node's young generation of 16 MB; for what this gains and costs, see docs/scale.md
ENV NODE_ENV=production NODE_OPTIONS=--max-semi-space-size=64
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
USER node
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD ["node", "-e", "fetch('http://127.0.0.1:8080/readyz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/cli/main.js"]
CMD ["serve", "/data/objective.json", "--host", "0.0.0.0", "--port", "8080", "--key-file", "/run/secrets/allgood-keys"]
