"""One function a facet, from a procedure to the facts to tell; `body` chooses."""

from __future__ import annotations

from collections.abc import Callable

from bot.facets import costs, overview, papers, places, prose
from bot.facets.body import Body
from knowledge.types import Facet, Procedure

_BODIES: dict[Facet, Callable[[Procedure, str], Body]] = {
    Facet.OVERVIEW: overview.overview,
    Facet.DOCUMENTS: papers.documents,
    Facet.FEE: costs.fee,
    Facet.DURATION: costs.duration,
    Facet.WHERE: places.where,
    Facet.ONLINE: places.online,
    Facet.STEPS: prose.steps,
    Facet.CONDITIONS: prose.conditions,
    Facet.RESULT: prose.result,
    Facet.LEGAL: prose.legal,
    Facet.FORMS: papers.forms,
}


def body(procedure: Procedure, facet: Facet, language: str) -> Body:
    """Return what there is to say about one facet."""
    return _BODIES[facet](procedure, language)
