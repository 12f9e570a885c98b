"""A server on `mcp` 2.x: MCPServer. In: `stdio` or `http`."""

import sys
from typing import Annotated

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.resolve import Elicit, Resolve, Sample
from mcp_types import CreateMessageResult, SamplingMessage, TextContent
from pydantic import BaseModel
from serving import serve

server = MCPServer("mcp-2")
NOTE = f"note://mcp2/{sys.argv[1]}"


class Total(BaseModel):
    total: int


class Person(BaseModel):
    name: str


def ask_model():
    text = TextContent(type="text", text="say so")
    return Sample([SamplingMessage(role="user", content=text)], max_tokens=10)


def ask_person():
    return Elicit("who?", Person)


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
def sample(answer: Annotated[CreateMessageResult, Resolve(ask_model)]) -> str:
    return answer.content.text


@server.tool()
def elicit(person: Annotated[Person, Resolve(ask_person)]) -> str:
    return person.name


@server.tool()
async def grow(name: str, ctx: Context) -> str:
    server.add_tool(lambda: name, name=name)
    await ctx.notify_tools_changed()
    await ctx.session.send_tool_list_changed()
    return "grown"


@server.tool()
async def touch(ctx: Context) -> str:
    await ctx.notify_resource_updated(NOTE)
    return "touched"


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
