# Three stages: the frontend with Node, the dependencies with their hashes, and a small image that runs as nobody in particular.
FROM node:24-bookworm-slim AS frontend
WORKDIR /build
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY frontend/ ./
RUN npm run build

FROM python:3.12-slim-bookworm AS packages
WORKDIR /app
RUN python -m venv /app/venv
COPY requirements.lock ./
RUN /app/venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock

FROM python:3.12-slim-bookworm
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/market market
WORKDIR /app
COPY --from=packages /app/venv /app/venv
COPY --from=frontend /build/build frontend/build
COPY market/ market/
COPY seeds/ seeds/
COPY pyproject.toml README.md ./
ENV PATH=/app/venv/bin:$PATH PYTHONPATH=/app PYTHONUNBUFFERED=1 MARKET_ENV=production MARKET_DATA_DIR=/var/lib/market/data
USER market
VOLUME /var/lib/market/data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=5 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/ready', timeout=2)"]
ENTRYPOINT ["python", "-m", "market"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000", "--data-dir", "/var/lib/market/data"]
