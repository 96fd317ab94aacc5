"""`POST /v1/rules/drafts/{draft_id}/activate`: a draft becomes the active rulebook. It must never make live what its
author has not looked at."""

from typing import Any
from uuid import UUID

from litestar import Request, post
from litestar.params import FromPath, JSONBody

from hub.edges.activating.admitting import Hand, admit_texts
from hub.edges.authoring.workshop import rules_of
from hub.edges.clock import utc_now
from hub.edges.keys import Role
from hub.edges.rules import RulebookError
from hub.edges.store.activations import OtherActive
from hub.edges.web.draft_answers import ActivateDraft
from hub.edges.web.drafts import author, found_draft
from hub.edges.web.guard import ROLE
from hub.edges.web.paging import checked_text
from hub.edges.web.problems import problem, wrong
from hub.edges.web.rulebook_answers import Activated
from hub.edges.web.rulebooks import WRITE_PROBLEMS, activated, moved, refused_rulebook
from hub.edges.web.wiring import Wired
from hub.rulebook.read import version_of
from hub.vocabulary.activations import How


@post(
    "/v1/rules/drafts/{draft_id:uuid}/activate",
    opt={ROLE: Role.RULES},
    status_code=200,
    responses=WRITE_PROBLEMS,
    tags=["rules"],
    summary="Make a draft active",
)
async def make_draft_active(
    wiring: Wired, request: Request[Any, Any, Any], draft_id: FromPath[UUID], data: JSONBody[ActivateDraft]
) -> Activated:
    """As `POST /v1/rulebooks` with the texts of the draft, its cases among them. 409 when the draft is not `version`
    any more, or `instead_of` is not active any more. Asking twice changes nothing."""
    why = checked_text(data.why.strip(), "why")
    if not why:
        raise wrong("why", "say why; it goes into the history")
    await found_draft(wiring, draft_id)
    texts = await wiring.drafts.texts(draft_id)
    if version_of(rules_of(texts)) != data.version:
        raise problem("changed-meanwhile", "The draft was changed after it was looked at: look at it again.")
    hand = Hand(who=author(wiring, request, data.by), why=why, how=How.DRAFT, instead_of=data.instead_of)
    try:
        activation, news = await admit_texts(wiring.activations, wiring.settings.city, texts, hand, utc_now().date())
    except RulebookError as error:
        raise refused_rulebook(error.errors) from None
    except OtherActive as error:
        raise moved(error) from None
    await wiring.drafts.became(draft_id, activation.version, utc_now())
    return await activated(wiring, activation, news)
