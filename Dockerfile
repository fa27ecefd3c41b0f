# A primary host and its workers as images; docs/containers.md says how to build and run them.
#   docker build --target primary -t afterimage-primary:0.1.0 .    no GPU needed, and no torch in it
#   docker build --target worker -t afterimage-worker:0.1.0 .      engine turbo on an NVIDIA GPU
#
# One base for all stages: the Python that built an environment is the Python that runs it. A tag
# can be moved by whoever owns it, a digest can not. To pin that too, write it behind the tag in the
# line below (debian:12.13-slim@sha256:...), as printed by
#   docker buildx imagetools inspect debian:12.13-slim

FROM debian:12.13-slim AS base
# Not pinned by version: Debian keeps only the newest fix of a release, so that a pin would break
# the build with each of them. The release itself is pinned above.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libturbojpeg0 python3 \
    && rm -rf /var/lib/apt/lists/*
# A number of its own, so that a volume keeps its owner when the image is built anew.
RUN groupadd --gid 10001 afterimage \
    && useradd --uid 10001 --gid 10001 --home-dir /tmp --no-create-home --no-log-init \
        --shell /usr/sbin/nologin afterimage \
    && install -d -o 10001 -g 10001 /state /models /cache /data
ENV PATH=/opt/venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    # The program says there that it lives, and deploy/alive.py listens.
    NOTIFY_SOCKET=/tmp/alive \
    WATCHDOG_USEC=30000000
WORKDIR /app

FROM base AS tools
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3-venv \
    && rm -rf /var/lib/apt/lists/* \
    && python3 -m venv /opt/venv

# What installs is left behind: pip is of no use where nothing can be written.
FROM tools AS packages
COPY requirements-light.lock requirements-postgres.lock ./
RUN pip install --no-cache-dir --require-hashes --no-deps \
        -r requirements-light.lock -r requirements-postgres.lock \
    && pip uninstall --yes setuptools pip

FROM tools AS packages-cuda
COPY requirements.lock requirements-cuda.lock ./
# torch brings the CUDA runtime that it was built and tested with, in packages of its own: one from
# the base image would be a second one, several GB, unused. The last line ends the build where pip
# took a torch for the CPU.
RUN pip install --no-cache-dir --require-hashes --no-deps \
        -r requirements.lock -r requirements-cuda.lock \
    && pip uninstall --yes pip \
    && python -c "import torch; assert torch.version.cuda, 'torch has no CUDA'"

FROM base AS worker
# Not build tools of ours: torch.compile has its kernels started by a piece of C that triton
# compiles on the machine where it runs. Without a compiler the engine is slower (COMPILE=off).
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev libpython3-dev \
    && rm -rf /var/lib/apt/lists/*
COPY --from=packages-cuda /opt/venv /opt/venv
COPY requirements.txt requirements-light.txt transform.py ./
COPY deploy/alive.py deploy/
COPY lib lib
RUN python -m compileall -q lib && chmod -R a+rX .
# Which GPU it sees is the runtime's to say; without these two the NVIDIA runtime gives it none.
ENV NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility \
    HF_HOME=/models \
    LORA_DIR=/models/loras \
    XDG_CACHE_HOME=/cache \
    CUDA_CACHE_PATH=/cache/cuda \
    TORCHINDUCTOR_CACHE_DIR=/cache/inductor \
    TRITON_CACHE_DIR=/cache/triton
USER 10001:10001
VOLUME ["/models", "/cache"]
STOPSIGNAL SIGTERM
# A first start compiles the model, which takes minutes.
HEALTHCHECK --interval=15s --timeout=10s --start-period=30m --retries=3 \
    CMD ["python", "deploy/alive.py", "lives"]
ENTRYPOINT ["python"]
CMD ["transform.py"]

# The last one, so that a build without --target makes the small one.
FROM base AS primary
COPY --from=packages /opt/venv /opt/venv
COPY requirements-light.txt app.py transform.py input-publisher.py ./
COPY deploy/alive.py deploy/
COPY lib lib
RUN python -m compileall -q lib && chmod -R a+rX .
# A container listens on its own network; who else reaches it, the published ports decide. It wants
# CONTROL_TOKEN, and says so.
ENV BIND=0.0.0.0 \
    HEADLESS=TRUE \
    STATE_DIR=/state \
    DATA_DIR=/data
USER 10001:10001
VOLUME ["/state"]
EXPOSE 5555 5556 5557 5558 5559 5560
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "deploy/alive.py", "flows"]
ENTRYPOINT ["python"]
CMD ["app.py"]
