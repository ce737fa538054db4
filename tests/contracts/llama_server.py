"""llama.cpp's HTTP server with one model, as a process of its own: `python llama_server.py MODEL.gguf NAME KEY`.

It prints its address once it answers, and ends when its standard input does: it cannot outlive who started it.
"""

import sys

import xllamacpp

CONTEXT_TOKENS = 1024


def main(model: str, name: str, key: str) -> None:
    params = xllamacpp.CommonParams()
    params.model.path = model
    params.model_alias = {name}
    params.api_keys = [key]
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_ctx = CONTEXT_TOKENS
    params.n_parallel = 1
    params.cpuparams.n_threads = 1  # several wait for each other in a loop, and long on a machine that is busy
    params.warmup = False
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)  # noqa: T201 - that is how who started it learns the port
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
