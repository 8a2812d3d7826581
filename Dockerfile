# docker build -t signet . && docker run -p 4080:4080 -v signet:/data signet
FROM node:26-bookworm-slim AS build
WORKDIR /opt/signet
COPY . .
RUN node scripts/bootstrap.js && npm prune --omit=dev

FROM node:26-bookworm-slim
COPY --from=build /opt/signet /opt/signet
RUN mkdir /data && chown node:node /data
ENV SIGNET_HOST=0.0.0.0 SIGNET_DATA=/data SIGNET_MODE=production
USER node
WORKDIR /data
VOLUME /data
EXPOSE 4080
HEALTHCHECK CMD ["node", "-e", "fetch('http://127.0.0.1:4080/health').then(({ status }) => process.exit(status === 200 ? 0 : 1))"]
ENTRYPOINT ["node", "/opt/signet/packages/cli/bin/signet.js"]
CMD ["serve"]
