# One image for each service: docker build --build-arg SERVICE=org -t loa/org:0.1.0 .
# SERVICE is org, survey, media-archive or gateway. Debian, not Alpine: the gateway's planner is made for glibc.
ARG SERVICE
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
ARG SERVICE
RUN pip install --no-cache-dir "uv>=0.13,<0.14"
ENV UV_PROJECT_ENVIRONMENT=/opt/loa \
    UV_PYTHON_DOWNLOADS=never \
    UV_LINK_MODE=copy \
    UV_COMPILE_BYTECODE=1
WORKDIR /app
# What others wrote changes seldom: a layer of its own.
COPY pyproject.toml uv.lock ./
COPY libs/kit/pyproject.toml libs/kit/
COPY services/org/pyproject.toml services/org/
COPY services/survey/pyproject.toml services/survey/
COPY services/media-archive/pyproject.toml services/media-archive/
COPY gateway/pyproject.toml gateway/
COPY cli/pyproject.toml cli/
RUN uv sync --frozen --no-dev --no-install-workspace --package "loa-${SERVICE}"
COPY libs libs
COPY services services
COPY gateway gateway
RUN uv sync --frozen --no-dev --package "loa-${SERVICE}"
# The planner's packages from the lock file, by the Node that came as a wheel.
RUN if [ "${SERVICE}" = gateway ]; then \
      /opt/loa/bin/python -c "from gateway.planner.node import ensure_modules; ensure_modules(print)"; \
    fi
# Only this service stays.
RUN rm -r cli pyproject.toml uv.lock \
    && find services -mindepth 1 -maxdepth 1 ! -name "${SERVICE}" -exec rm -r {} + \
    && if [ "${SERVICE}" != gateway ]; then rm -r gateway; fi \
    && python -m compileall -q .

FROM ${PYTHON_IMAGE} AS slim
RUN groupadd --system --gid 10001 loa \
    && useradd --system --uid 10001 --gid loa --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin loa \
    && install --directory --owner loa --group loa /var/lib/loa/files /var/lib/loa/sealing

FROM slim AS runtime-org
FROM slim AS runtime-survey
FROM slim AS runtime-gateway
FROM slim AS runtime-media-archive
# Programs of their own that the worker calls: for the text of scanned pages, films and sounds, and bulletins read aloud.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends tesseract-ocr tesseract-ocr-vie ffmpeg espeak-ng \
    && rm -rf /var/lib/apt/lists/*

FROM runtime-${SERVICE}
ARG SERVICE
ENV SERVICE=${SERVICE} \
    PATH=/opt/loa/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
COPY --from=build /opt/loa /opt/loa
COPY --from=build /app /app
COPY --chmod=0755 deploy/container/run /usr/local/bin/run
WORKDIR /app
# By number, so that Kubernetes can see that it is not root.
USER 10001:10001
EXPOSE 8000
ENTRYPOINT ["run"]
CMD ["web"]
