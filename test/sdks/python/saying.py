"""What the clients have in common: which attempts are asked for, and a line of
JSON for each. In: URL, token, `[{"server", "prefix", "note", "features",
"brief"}]`; `brief` are features that are not expected to work."""

import asyncio
import json
import sys
import traceback

URL, TOKEN, WANTED = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
PATIENCE, BRIEF = 30, 3


async def run(attempts):
    """`attempts(at, note)` has an attempt for each feature; `at` names a tool."""
    for one in WANTED:
        server, prefix = one["server"], one["prefix"]
        known = attempts(lambda name: prefix + name, one["note"])
        for feature in one["features"]:
            said = {"server": server, "feature": feature}
            try:
                patience = BRIEF if feature in one["brief"] else PATIENCE
                saw = await asyncio.wait_for(known[feature](), patience)
                said["saw"] = saw
            except Exception as error:
                traceback.print_exc()
                said["error"] = f"{type(error).__name__}: {error}"
            print(json.dumps(said), flush=True)


async def until(holds):
    while not await holds():
        await asyncio.sleep(0.05)
