"""Posts as a source does: what got no answer, or a refusal for now, is not accepted and is posted again."""

from collections.abc import Sequence

import httpx


async def try_to_post(client: httpx.AsyncClient, bodies: Sequence[bytes]) -> list[str] | None:
    """Ids of the calls that the door accepted, all or none; None: try again."""
    try:
        answer = await client.post(
            "/v1/feeds/hotline", content=b"\n".join(bodies), headers={"content-type": "application/x-ndjson"}
        )
    except httpx.TransportError:
        return None
    if answer.status_code == 202:
        return list(answer.json()["ids"])
    assert answer.status_code >= 500, answer.text
    return None
