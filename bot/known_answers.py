"""An answer that administrators wrote for a question, as a complete Reply: word for word, with its own source."""

from __future__ import annotations

from bot.facets.layout import join_parts, suggestions
from bot.facets.words import say
from bot.formatting import day, plain_name
from bot.messages import Outcome, Reply, Source
from knowledge.days import VIETNAM
from knowledge.faq import StoredFaq
from knowledge.types import Procedure


def known_answer(faq: StoredFaq, procedure: Procedure, language: str = "vi") -> Reply:
    """Tell an FAQ entry about a procedure; what can be asked next is that of the entry's facet."""
    entry = faq.entry
    written = faq.created_at.astimezone(VIETNAM).date()
    until = say(language, "faq_until", date=day(entry.valid_until)) if entry.valid_until else ""
    about = say(language, "faq_about", name=plain_name(procedure.name), code=procedure.code)
    cited = say(language, "faq_source", title=entry.source_title, date=day(written))
    return Reply(
        text=join_parts(entry.answer, until, about, cited, entry.source_url),
        outcome=Outcome.ANSWERED,
        facet=entry.facet.value,
        procedures=(procedure.code,),
        sources=(
            Source(
                procedure.code,
                entry.source_title,
                entry.facet.value,
                entry.source_url,
                written.isoformat(),
                faq.number,
            ),
        ),
        suggestions=suggestions(procedure, entry.facet, language, None),
    )
