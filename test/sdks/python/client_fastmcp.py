"""A client on `fastmcp`, in sessions: what its own users still have most."""

import asyncio

from fastmcp import Client
from fastmcp.client.messages import MessageHandler
from fastmcp.client.transports import StreamableHttpTransport
from saying import HEADERS, URL, run, until

logs, changed = [], asyncio.Event()


class Heard(MessageHandler):
    async def on_tool_list_changed(self, message):
        changed.set()


async def answer_sampling(messages, params, context):
    return f"answer to {messages[0].content.text}"


async def answer_form(message, response_type, params, context):
    return {"name": "Ada"}


async def keep_log(message):
    logs.append(message.data)


async def main():
    async with Client(
        StreamableHttpTransport(URL, headers=HEADERS),
        sampling_handler=answer_sampling,
        elicitation_handler=answer_form,
        log_handler=keep_log,
        message_handler=Heard(),
        mode="legacy",
    ) as client:
        await run(lambda *to: attempts(client, *to))


def attempts(client, at, note):
    async def call(name, args=None, **more):
        result = await client.call_tool(at(name), args or {}, **more)
        return result.content[0].text

    async def structured():
        result = await client.call_tool(at("add"), {"a": 2, "b": 3})
        return result.structured_content["total"]

    async def errors():
        result = await client.call_tool(at("fail"), raise_on_error=False)
        return f"{result.is_error} {result.content[0].text}"

    async def progress():
        seen = []

        async def count(done, total, message):
            seen.append(done)

        await call("progress", progress_handler=count)
        return seen[0]

    async def logging():
        await client.set_logging_level("debug")
        logs.clear()
        await call("log")
        await until(lambda: asyncio.sleep(0, bool(logs)))
        return str(logs[0])

    async def resources():
        listed = await client.list_resources()
        assert any(str(one.uri) == note for one in listed), listed
        return (await client.read_resource(note))[0].text

    async def prompts():
        got = await client.get_prompt(at("greet"), {"name": "Ada"})
        return got.messages[0].content.text

    async def list_changed():
        changed.clear()
        await call("grow", {"name": "of_fastmcp"})
        await changed.wait()

        async def is_listed():
            listed = await client.list_tools()
            return any(one.name == at("of_fastmcp") for one in listed)

        await until(is_listed)
        return await call("of_fastmcp")

    return {
        "tools": lambda: call("echo", {"text": "hi"}),
        "structured": structured,
        "errors": errors,
        "progress": progress,
        "logging": logging,
        "sampling": lambda: call("sample"),
        "elicitation": lambda: call("elicit"),
        "resources": resources,
        "prompts": prompts,
        "listChanged": list_changed,
    }


asyncio.run(main())
