"""A client on `mcp` 2.x: 2026-07-28 where the server speaks it."""

import asyncio
import sys
import warnings

import httpx2
import mcp_types as types
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from saying import HEADERS, URL, run, until

warnings.simplefilter("ignore")
logs = []


async def answer_sampling(context, params):
    asked = params.messages[0].content.text
    text = types.TextContent(type="text", text=f"answer to {asked}")
    return types.CreateMessageResult(role="assistant", content=text, model="none")


async def answer_form(context, params):
    return types.ElicitResult(action="accept", content={"name": "Ada"})


async def keep_log(params):
    logs.append(params.data)


async def main():
    async with httpx2.AsyncClient(headers=HEADERS, timeout=60) as http:
        async with Client(
            streamable_http_client(URL, http_client=http),
            sampling_callback=answer_sampling,
            elicitation_callback=answer_form,
            logging_callback=keep_log,
            log_level="debug",
            cache=None,
        ) as client:
            print(client.protocol_version, file=sys.stderr)
            await run(lambda *to: attempts(client, *to))


def attempts(client, at, note):
    async def call(name, args=None):
        result = await client.call_tool(at(name), args or {})
        return result.content[0].text

    async def structured():
        result = await client.call_tool(at("add"), {"a": 2, "b": 3})
        return result.structured_content["total"]

    async def errors():
        result = await client.call_tool(at("fail"), {})
        return f"{result.is_error} {result.content[0].text}"

    async def progress():
        seen = []

        async def count(done, total, message):
            seen.append(done)

        await client.call_tool(at("progress"), {}, progress_callback=count)
        return seen[0]

    async def logging():
        logs.clear()
        await call("log")
        await until(lambda: asyncio.sleep(0, bool(logs)))
        return str(logs[0])

    async def resources():
        listed = (await client.list_resources()).resources
        assert any(str(one.uri) == note for one in listed), listed
        return (await client.read_resource(note)).contents[0].text

    async def subscriptions():
        async with client.listen(resource_subscriptions=[note]) as stream:
            await call("touch")
            async for _ in stream:
                return "updated"

    async def prompts():
        got = await client.get_prompt(at("greet"), {"name": "Ada"})
        return got.messages[0].content.text

    async def list_changed():
        async with client.listen(tools_list_changed=True) as stream:
            await call("grow", {"name": "of_mcp_2"})
            async for _ in stream:
                break

        async def is_listed():
            listed = (await client.list_tools()).tools
            return any(one.name == at("of_mcp_2") for one in listed)

        await until(is_listed)
        return await call("of_mcp_2")

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
