# The app in an image: `serve` by default, `worker` and the other commands in the same way.
# compose.yaml runs it with PostgreSQL; docs/operate.md says more.

FROM python:3.11-slim-bookworm AS build
WORKDIR /src
# First what changes seldom: the packages, each pinned with its hash.
COPY requirements-run.txt ./
RUN python -m venv /opt/dealpay
RUN /opt/dealpay/bin/pip install --no-cache-dir --require-hashes -r requirements-run.txt
COPY . .
RUN /opt/dealpay/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /dist /src
RUN /opt/dealpay/bin/pip install --no-cache-dir --no-deps --no-index /dist/dealpay-*.whl

FROM python:3.11-slim-bookworm
COPY --from=build /opt/dealpay /opt/dealpay
COPY production.ini /etc/dealpay/production.ini
# Whoever it runs as owns one folder: that of the key file. All else is in PostgreSQL.
RUN install -d -o 10001 -g 10001 -m 0700 /var/lib/dealpay
WORKDIR /var/lib/dealpay
USER 10001:10001
ENV PATH=/opt/dealpay/bin:/usr/local/bin:/usr/bin:/bin
ENV DEALPAY_HOST=0.0.0.0
ENV DEALPAY_SECRET_KEYS=/var/lib/dealpay/secret-keys.json
EXPOSE 6543
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:6543/healthz', timeout=4)"]
ENTRYPOINT ["dealpay"]
CMD ["serve", "/etc/dealpay/production.ini"]
