"""A stand-in for llama-server that tests run as a program. It imports nothing of this project.

It serves a file whose content is `GGUF`, notes beside it how it was started (`started.jsonl`), and answers
every chat with "Yes" at 0.75 and "No" at 0.25. It ends at once when it is asked to `DIE`.
"""

import json
import math
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send(200, {"status": "ok"})

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers["Authorization"] != f"Bearer {os.environ['LLAMA_API_KEY']}":
            self.send(401, {"error": {"message": "Invalid API Key"}})
            return
        if b"DIE" in body:
            os._exit(3)
        tops = [{"token": t, "logprob": math.log(p), "bytes": None} for t, p in (("Yes", 0.75), ("No", 0.25))]
        choice = {
            "index": 0,
            "finish_reason": "length",
            "message": {"role": "assistant", "content": "Yes"},
            "logprobs": {"content": [tops[0] | {"top_logprobs": tops}]},
        }
        usage = {
            "prompt_tokens": 100,
            "completion_tokens": 1,
            "total_tokens": 101,
            "prompt_tokens_details": {"cached_tokens": 90},
        }
        timings = {"prompt_per_second": 170.2, "predicted_per_second": 41.4}
        about = {"id": "1", "object": "chat.completion", "created": 1, "model": "fake"}
        self.send(200, about | {"choices": [choice], "usage": usage, "timings": timings})

    def send(self, status, body):
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


def main(arguments):
    if arguments == ["--version"]:
        return
    model = Path(arguments[arguments.index("--model") + 1])
    if model.read_bytes() != b"GGUF":
        sys.exit(1)
    host, port = (arguments[arguments.index(name) + 1] for name in ("--host", "--port"))
    server = ThreadingHTTPServer((host, int(port)), Handler)
    server.daemon_threads = True
    started = {"pid": os.getpid(), "arguments": arguments, "environment": dict(os.environ)}
    with (model.parent / "started.jsonl").open("a") as out:
        out.write(json.dumps(started) + "\n")
    address = f"http://{host}:{server.server_port}"
    print(f"0.01 I srv  llama_server: listening on {address}", file=sys.stderr, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1:])
