"""A server on `mcp` 1.x: FastMCP. In: `stdio` or `http`."""

import sys

from mcp.server.fastmcp import Context, FastMCP
from mcp.types import SamplingMessage, TextContent
from pydantic import BaseModel
from serving import serve

server = FastMCP("mcp-1")
NOTE = f"note://mcp1/{sys.argv[1]}"


class Total(BaseModel):
    total: int


class Person(BaseModel):
    name: str


@server.tool()
def echo(text: str) -> str:
    return text


@server.tool()
def add(a: int, b: int) -> Total:
    return Total(total=a + b)


@server.tool()
def fail() -> str:
    raise ValueError("it failed")


@server.tool()
async def progress(ctx: Context) -> str:
    await ctx.report_progress(1, 2)
    await ctx.report_progress(2, 2)
    return "done"


@server.tool()
async def log(ctx: Context) -> str:
    await ctx.info("a line of a log")
    return "logged"


@server.tool()
async def sample(ctx: Context) -> str:
    asked = SamplingMessage(role="user", content=TextContent(type="text", text="say so"))
    answer = await ctx.session.create_message([asked], max_tokens=10)
    return answer.content.text


@server.tool()
async def elicit(ctx: Context) -> str:
    answer = await ctx.elicit("who?", Person)
    return answer.data.name


@server.tool()
async def grow(name: str, ctx: Context) -> str:
    server.add_tool(lambda: name, name=name)
    await ctx.session.send_tool_list_changed()
    return "grown"


@server.tool()
async def touch(ctx: Context) -> str:
    await ctx.session.send_resource_updated(NOTE)
    return "touched"


@server._mcp_server.subscribe_resource()
async def subscribe(uri):
    pass


@server.resource(NOTE)
def note() -> str:
    return "a note"


@server.prompt()
def greet(name: str) -> str:
    return f"Greet {name}"


if sys.argv[1] == "stdio":
    server.run("stdio")
else:
    serve(server.streamable_http_app())
