"""Runs Schemathesis against a server of its own: everything that the OpenAPI document allows, and what it doesn't.

Each kind of caller has a run of its own, with the operations that are meant for it. The seed is fixed and the number
of examples bounded, so that a run takes the same time and finds the same things. Needs nothing besides Python's
standard library and the `schemathesis` package; the server and its database are gone afterwards, whatever happens.
"""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SEED = 20_260_101
EXAMPLES = 25
# A run that isn't over by then hangs.
SECONDS_PER_RUN = 180
SECONDS_TO_START = 60


def main(binary: Path) -> int:
    with tempfile.TemporaryDirectory(prefix="grandstand-schemathesis-") as folder:
        # As root, PostgreSQL runs as another user, who has to get in.
        os.chmod(folder, 0o711)
        admin = {"email": "admin@example.com", "password": secrets.token_urlsafe(24)}
        port = free_port()
        outside = ThreadingHTTPServer(("127.0.0.1", 0), Outside)
        threading.Thread(target=outside.serve_forever, daemon=True).start()
        server = start(binary, Path(folder), port, outside.server_port, admin)
        try:
            api = Api(f"http://127.0.0.1:{port}")
            wait_until_healthy(api, server)
            return run_all(api, admin)
        except Failed as failure:
            print(failure, file=sys.stderr)
            print((Path(folder) / "server.log").read_text()[-4000:], file=sys.stderr)
            return 1
        finally:
            stop(server)
            outside.shutdown()


class Outside(BaseHTTPRequestHandler):
    """The services that our server asks: an AoE4World that knows nobody, a Trackmania Exchange without maps."""

    def do_GET(self):
        finds_maps = self.path.startswith("/api/maps?")
        body = json.dumps({"More": False, "Results": []} if finds_maps else {"error": "Not found"}).encode()
        self.send_response(200 if finds_maps else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def start(binary: Path, folder: Path, port: int, outside: int, admin: dict) -> subprocess.Popen:
    # Only what the server needs of our environment: a developer's settings must not decide a test.
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "PG_BIN_DIR", "TMPDIR") if name in os.environ}
    settings = {
        "PORT": str(port),
        "AOE4WORLD_URL": f"http://127.0.0.1:{outside}",
        "TMX_URL": f"http://127.0.0.1:{outside}",
        "DATA_DIR": str(folder / "data"),
        "LOG_LEVEL": "warn",
        "RATE_LIMIT_ENABLED": "false",
        "ADMIN_EMAIL": admin["email"],
        "ADMIN_PASSWORD": admin["password"],
    }
    with open(folder / "server.log", "wb") as log:
        return subprocess.Popen(
            [binary.resolve(), "serve"],
            cwd=folder,  # where there is no .env
            env=kept | settings,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def stop(server: subprocess.Popen) -> None:
    server.send_signal(signal.SIGTERM)
    try:
        server.wait(30)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_healthy(api: "Api", server: subprocess.Popen) -> None:
    end = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < end:
        if server.poll() is not None:
            raise Failed(f"The server ended with status {server.returncode}:")
        try:
            api.call("GET", "/health/ready")
            return
        except (Failed, OSError):
            time.sleep(0.1)
    raise Failed(f"The server wasn't ready within {SECONDS_TO_START} seconds:")


def run_all(api: "Api", admin: dict) -> int:
    player = {"email": "player@example.com", "password": secrets.token_urlsafe(24), "screenName": "Player"}
    player_token = api.call("POST", "/api/v1/auth/register", player)["accessToken"]
    admin_token = api.call("POST", "/api/v1/auth/login", admin)["accessToken"]
    key = api.call("POST", "/api/v1/admin/api-keys", {"name": "schemathesis", "gameIds": None}, admin_token)["key"]

    # Streams never end, and leaving ends the account that the run signs in with; both have tests of their own.
    not_theirs = ["--exclude-path-regex", r"/admin/|/actions$|/events$", "--exclude-operation-id", "deleteMe"]
    runs = [
        ("player", f"Authorization: Bearer {player_token}", not_theirs),
        ("game service", f"X-Api-Key: {key}", ["--include-path-regex", r"/actions$"]),
        ("admin", f"Authorization: Bearer {admin_token}", ["--include-path-regex", r"/admin/"]),
    ]
    failed = []
    for caller, header, choice in runs:
        if not run(api, caller, header, choice):
            failed.append(caller)
        if caller == "player":
            # A run that ended its own account was refused everywhere from then on, and has checked little.
            api.call("GET", "/api/v1/me", token=player_token)
    if failed:
        print(f"Schemathesis found something as {', '.join(failed)}.", file=sys.stderr)
    return 1 if failed else 0


def run(api: "Api", caller: str, header: str, choice: list[str]) -> bool:
    print(f"As {caller}:", flush=True)
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{api.origin}/api/v1/openapi.json"),
        *("--header", header),
        *("--checks", "all"),
        # Not that whatever fits the schema is taken: a token that was issued, the cursor of the page before, a name
        # that shows or a cron line are rules that a schema can't say. Nor that a path answers to the methods of one entry
        # only: `DELETE /link/{provider}` answers at `/link/steam` too. Tests of their own hold each of them.
        *("--exclude-checks", "positive_data_acceptance,unsupported_method,allow_header_conformance"),
        *("--seed", str(SEED)),
        *("--max-examples", str(EXAMPLES)),
        *("--generation-database", "none"),
        *("--request-timeout", "10"),
        *("--warnings", "off"),
        *choice,
    ]
    try:
        return subprocess.run(command, timeout=SECONDS_PER_RUN, cwd=tempfile.gettempdir()).returncode == 0
    except subprocess.TimeoutExpired:
        print(f"Not over after {SECONDS_PER_RUN} seconds.", file=sys.stderr)
        return False


class Failed(Exception):
    """With a sentence for whoever ran this."""


class Api:
    def __init__(self, origin: str):
        self.origin = origin

    def call(self, method: str, path: str, body: dict | None = None, token: str | None = None) -> dict:
        headers = {"Content-Type": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.origin + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            raise Failed(f"{method} {path} answered {error.code}: {error.read().decode(errors='replace')}") from error


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
