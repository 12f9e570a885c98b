"""A client on `mcp` 1.x."""

import asyncio

import mcp.types as types
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client
from saying import HEADERS, URL, run, until

logs, changed, updated = [], asyncio.Event(), asyncio.Event()


async def answer_sampling(context, params):
    asked = params.messages[0].content.text
    text = types.TextContent(type="text", text=f"answer to {asked}")
    return types.CreateMessageResult(role="assistant", content=text, model="none")


async def answer_form(context, params):
    return types.ElicitResult(action="accept", content={"name": "Ada"})


async def keep_log(params):
    logs.append(params.data)


async def hear(message):
    if isinstance(message, types.ServerNotification):
        if isinstance(message.root, types.ToolListChangedNotification):
            changed.set()
        if isinstance(message.root, types.ResourceUpdatedNotification):
            updated.set()


async def main():
    async with streamablehttp_client(URL, headers=HEADERS) as (read, write, _):
        async with ClientSession(
            read,
            write,
            sampling_callback=answer_sampling,
            elicitation_callback=answer_form,
            logging_callback=keep_log,
            message_handler=hear,
        ) as session:
            await session.initialize()
            await run(lambda *to: attempts(session, *to))


def attempts(session, at, note):
    async def call(name, args=None):
        result = await session.call_tool(at(name), args or {})
        return result.content[0].text

    async def structured():
        result = await session.call_tool(at("add"), {"a": 2, "b": 3})
        return result.structuredContent["total"]

    async def errors():
        result = await session.call_tool(at("fail"), {})
        return f"{result.isError} {result.content[0].text}"

    async def progress():
        seen = []

        async def count(done, total, message):
            seen.append(done)

        await session.call_tool(at("progress"), {}, progress_callback=count)
        return seen[0]

    async def logging():
        await session.set_logging_level("debug")
        logs.clear()
        await call("log")
        await until(lambda: asyncio.sleep(0, bool(logs)))
        return str(logs[0])

    async def resources():
        listed = (await session.list_resources()).resources
        assert any(str(one.uri) == note for one in listed), listed
        return (await session.read_resource(note)).contents[0].text

    async def subscriptions():
        updated.clear()
        await session.subscribe_resource(note)
        await call("touch")
        await updated.wait()
        return "updated"

    async def prompts():
        got = await session.get_prompt(at("greet"), {"name": "Ada"})
        return got.messages[0].content.text

    async def list_changed():
        changed.clear()
        await call("grow", {"name": "of_mcp_1"})
        await changed.wait()

        async def is_listed():
            listed = (await session.list_tools()).tools
            return any(one.name == at("of_mcp_1") for one in listed)

        await until(is_listed)
        return await call("of_mcp_1")

    return {
        "tools": lambda: call("echo", {"text": "hi"}),
        "structured": structured,
        "errors": errors,
        "progress": progress,
        "logging": logging,
        "sampling": lambda: call("sample"),
        "elicitation": lambda: call("elicit"),
        "resources": resources,
        "subscriptions": subscriptions,
        "prompts": prompts,
        "listChanged": list_changed,
    }


asyncio.run(main())
