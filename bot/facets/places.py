"""Where to hand in, and whether it can be done online."""

from __future__ import annotations

import re

from bot.facets.body import Body, distinct, unknown
from bot.facets.costs import fees_by_channel, heading_of, time_text
from bot.facets.words import CHANNELS, say, spoken
from bot.formatting import Line, clean, paragraphs, shorten
from knowledge.types import Channel, Facet, Method, Procedure

_DISTRICT = re.compile(r"cấp huyện|quận, huyện|(?:UBND|Ủy ban nhân dân|Công an) (?:quận|huyện)", re.I)

_ONLINE = re.compile(r"trực tuyến|cổng dịch vụ|vneid|https?:|ứng dụng", re.I)
_REMARK = 200
_ABOUT_PLACE = re.compile(r"nộp|gửi|địa chỉ|\btại\b|cổng dịch vụ", re.I)


def where(procedure: Procedure, language: str) -> Body:
    """Tell who handles it, where it is received, by which ways, and warn of the abolished district level."""
    agencies = [Line(text, "📍", f"{say(language, 'agencies')}:") for text in agency_names(procedure)]
    places = _places(procedure, language)
    if not agencies and not places and not procedure.levels:
        return unknown(Facet.WHERE, language)
    return Body(lines=(*agencies, *places, *_facts(procedure, language)), notes=_district_note(procedure, language))


def agency_names(procedure: Procedure) -> tuple[str, ...]:
    """Return the agencies that handle it, each once."""
    return distinct(clean(agency) for agency in procedure.agencies)


def _places(procedure: Procedure, language: str) -> list[Line]:
    """Return the address of the record, else what it says of the place for each way of handing in."""
    stated = distinct(paragraphs(procedure.address))
    if stated:
        return [Line(text, "📍", f"{say(language, 'address')}:") for text in stated]
    by_channel = {method.channel: _place_remarks(method) for method in procedure.methods}
    groups: dict[tuple[str, ...], list[Channel]] = {}
    for channel, texts in by_channel.items():
        groups.setdefault(texts, []).append(channel)
    return [Line(text, "📍", heading_of(channels, language)) for texts, channels in groups.items() for text in texts]


def _place_remarks(method: Method) -> tuple[str, ...]:
    return distinct(part for part in paragraphs(method.text) if _ABOUT_PLACE.search(part))


def _facts(procedure: Procedure, language: str) -> list[Line]:
    facts = []
    if procedure.methods:
        facts.append(Line(say(language, "channels", channels=channel_names(procedure, language)), ""))
    if procedure.levels:
        facts.append(Line(say(language, "levels", levels=", ".join(procedure.levels)), ""))
    return facts


def channel_names(procedure: Procedure, language: str) -> str:
    """Return the ways of handing in, "trực tiếp, trực tuyến"."""
    names = CHANNELS[spoken(language)]
    return ", ".join(dict.fromkeys(names[method.channel] for method in procedure.methods))


def _district_note(procedure: Procedure, language: str) -> tuple[str, ...]:
    remarks = [method.text for method in procedure.methods]
    record = " ".join((*procedure.levels, *procedure.agencies, procedure.address, *remarks))
    return (say(language, "district"),) if _DISTRICT.search(record) else ()


def online(procedure: Procedure, language: str) -> Body:
    """Tell whether it can be handed in online, how far, and what that takes."""
    if not procedure.methods:
        return unknown(Facet.ONLINE, language)
    method = next((method for method in procedure.methods if method.channel is Channel.ONLINE), None)
    if method is None:
        lead = say(language, "online_no", channels=channel_names(procedure, language))
        return Body(lead=lead, notes=(say(language, "ask_first"),))
    reach = {True: "online_full", False: "online_part", None: "online_unsaid"}[procedure.fully_online]
    lines = [Line(say(language, reach), "")]
    lines += [Line(shorten(text, _REMARK), "📍") for text in _place_remarks(method) if _ONLINE.search(text)][:2]
    if time := time_text(method.duration, language):
        lines.append(Line(say(language, "online_time", text=time), "⏱"))
    if fees := fees_by_channel(procedure, language).get(Channel.ONLINE):
        lines.append(Line(say(language, "online_fee", text=shorten("; ".join(fees), 200)), "💰"))
    return Body(lead=say(language, "online_yes"), lines=tuple(lines))
