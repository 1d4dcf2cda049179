# Small, not root, read-only: everything Lifebelt writes lies in /data.
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY requirements/runtime.txt requirements/build.txt requirements/
RUN python -m venv /opt/lifebelt \
 && /opt/lifebelt/bin/pip install --no-cache-dir --require-hashes -r requirements/runtime.txt
COPY pyproject.toml README.md LICENSE lifebelt.py ./
COPY core core
COPY bots bots
COPY desk desk
COPY config config
RUN python -m venv /opt/build \
 && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements/build.txt \
 && /opt/build/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels . \
 && /opt/lifebelt/bin/pip install --no-cache-dir --no-deps --no-index /wheels/*.whl

FROM python:3.11-slim-bookworm
RUN groupadd --system --gid 8470 lifebelt \
 && useradd --system --uid 8470 --gid 8470 --home-dir /data --shell /usr/sbin/nologin lifebelt \
 && install -d -o 8470 -g 8470 -m 0700 /data
COPY --from=build /opt/lifebelt /opt/lifebelt
ENV PATH=/opt/lifebelt/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    LIFEBELT_STORAGE_DATA=/data LIFEBELT_SERVER_IN_CONTAINER=true \
    LIFEBELT_SERVER_HOST=0.0.0.0 LIFEBELT_SERVER_DESK_HOST=0.0.0.0
USER 8470:8470
WORKDIR /data
VOLUME /data
EXPOSE 8470 8471
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8471/healthz', timeout=2)"]
ENTRYPOINT ["lifebelt"]
CMD ["up"]
