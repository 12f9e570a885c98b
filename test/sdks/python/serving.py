"""Serves an ASGI application on loopback and says where: `Port N`."""

import socket

import uvicorn


def serve(app):
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    print(f"Port {listener.getsockname()[1]}", flush=True)
    config = uvicorn.Config(app, log_level="error")
    uvicorn.Server(config).run(sockets=[listener])
