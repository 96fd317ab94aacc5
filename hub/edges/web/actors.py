"""Who moves a task: the key says it, or without one the request itself. It must never believe a request over its key.

A real session (issue: accounts) takes the place of `capacity_of` alone: whoever is signed in has a name, a role and a
bureau, and the body's become a check.
"""

from typing import Any

from litestar import Request

from hub.edges.keys import Caller, key_in
from hub.edges.web.problems import problem, wrong
from hub.edges.web.wiring import Wiring
from hub.vocabulary.moves import Actor, ActorRole


def actor_of(
    wiring: Wiring, request: Request[Any, Any, Any], by: str, role: ActorRole | None, bureau: str | None
) -> Actor:
    """The person behind a request. Raises a problem when key and request differ, or nobody says who it is."""
    caller = wiring.keys.check_key(key_in(request.headers))
    if caller is None:
        raise problem("key-missing", "Send a key as `Authorization: Bearer …` or `X-API-Key: …`.")
    if caller.acts_as is not None:
        return _by_key(caller, by, role, bureau)
    if not by:
        raise wrong("by", "say who you are: name or number of the person")
    if role is None:
        raise wrong("role", f"say in what capacity: one of {', '.join(ActorRole)}")
    if role is ActorRole.CLERK and not bureau:
        raise wrong("bureau", "a clerk acts for a bureau: give its id")
    return Actor(by=by, role=role, bureau=bureau or None)


def _by_key(caller: Caller, by: str, role: ActorRole | None, bureau: str | None) -> Actor:
    assert_role = caller.acts_as or ActorRole.CLERK
    if role not in (None, caller.acts_as) or bureau not in (None, "", caller.bureau):
        whose = f"{assert_role}" + (f" of {caller.bureau}" if caller.bureau else "")
        raise problem("key-not-allowed", f"This key acts as {whose}; leave `role` and `bureau` out.")
    return Actor(by=by or caller.name, role=assert_role, bureau=caller.bureau)
