"""A reward server of OpenRLHF's shape (openrlhf/cli/serve_rm.py): FastAPI and uvicorn, POST /get_reward, one process. The
model is as cheap as the one of bench/serve.ts: the length of the response. Prints its versions and the port as JSON."""

import json
import socket
import sys

import fastapi
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse


def rewards_of(queries, prompts):
    return [len(query[len(prompt) :].strip()) / 100 for query, prompt in zip(queries, prompts)]


app = FastAPI()


@app.post("/get_reward")
async def get_reward(request: Request):
    data = await request.json()
    rewards = rewards_of(data["query"], data["prompts"])
    return JSONResponse({"rewards": rewards, "scores": rewards, "extra_logs": {"dummy_scores": rewards}})


# asyncio sets TCP_NODELAY only where the protocol is named
listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
listener.bind(("127.0.0.1", 0))
config = uvicorn.Config(app, log_level="warning", loop=sys.argv[1], http=sys.argv[2])
versions = {"fastapi": fastapi.__version__, "uvicorn": uvicorn.__version__, "python": sys.version.split()[0]}
print(json.dumps({"port": listener.getsockname()[1], **versions}), flush=True)
uvicorn.Server(config).run(sockets=[listener])
