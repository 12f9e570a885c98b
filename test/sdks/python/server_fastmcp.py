"""A server on `fastmcp`. In: `stdio` or `http`."""

import sys

import mcp_types
from fastmcp import Context, FastMCP
from pydantic import BaseModel
from serving import serve

server = FastMCP("fastmcp")
NOTE = f"note://fastmcp/{sys.argv[1]}"


class Total(BaseModel):
    total: int


class Person(BaseModel):
    name: str


@server.tool
def echo(text: str) -> str:
    return text


@server.tool
def add(a: int, b: int) -> Total:
    return Total(total=a + b)


@server.tool
def fail() -> str:
    raise ValueError("it failed")


@server.tool
async def progress(ctx: Context) -> str:
    await ctx.report_progress(1, 2)
    await ctx.report_progress(2, 2)
    return "done"


@server.tool
async def log(ctx: Context) -> str:
    await ctx.info("a line of a log")
    return "logged"


@server.tool
async def elicit(ctx: Context) -> str:
    answer = await ctx.elicit("who?", Person)
    return answer.data.name


@server.tool
async def grow(name: str, ctx: Context) -> str:
    def grown() -> str:
        return name

    server.tool(grown, name=name)
    await ctx.send_notification(mcp_types.ToolListChangedNotification())
    return "grown"


@server.resource(NOTE)
def note() -> str:
    return "a note"


@server.prompt
def greet(name: str) -> str:
    return f"Greet {name}"


if sys.argv[1] == "stdio":
    server.run(show_banner=False)
else:
    serve(server.http_app())
