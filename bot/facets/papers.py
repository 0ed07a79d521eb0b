"""Documents and forms: what to bring and what to fill in."""

from __future__ import annotations

import re

from bot.facets.body import Body, distinct, unknown
from bot.facets.words import say
from bot.formatting import Line, clean, clean_item, shorten
from bot.messages import Attachment
from knowledge.types import Document, DocumentSet, Facet, Form, Procedure

_HEADING = 100
_TO_FILL_IN = re.compile(r"(?:tờ khai|đơn|phiếu|giấy đề nghị|văn bản đề nghị|mẫu|công văn|bản khai)\b", re.I)
_REMARK = re.compile(r"(?:trường hợp|đối với|lưu ý|ghi chú|người|cơ quan|nếu|số lượng|các giấy tờ|việc)\b", re.I)
_COUNTED = re.compile(r"bản chính|bản sao|bản gốc|^\d|\d+\)? (?:bản|bộ|ảnh)", re.I)


def documents(procedure: Procedure, language: str) -> Body:
    """List the papers of every case, the form to fill in first and remarks last."""
    lines = tuple(line for group in _cases(procedure) for line in _lines(group, language))
    return Body(lines=lines) if lines else unknown(Facet.DOCUMENTS, language)


def _cases(procedure: Procedure) -> list[DocumentSet]:
    """Return one set of documents a case, though the record may spread a case over several."""
    papers: dict[str, tuple[Document, ...]] = {}
    for group in procedure.document_sets:
        case = clean(group.case)
        papers[case] = papers.get(case, ()) + group.documents
    groups = (DocumentSet(case, found) for case, found in papers.items())
    return sorted(groups, key=lambda group: _set_rank(group, common="" in papers))


def _set_rank(group: DocumentSet, common: bool) -> int:
    """Order cases as a person needs them: what all hand in and bring along, special cases, what to show, remarks.

    Without papers common to all, those of the cases are what is handed in and come before what is brought along.
    """
    case = group.case.casefold()
    if not case:
        return 0
    if case.startswith("mang theo"):
        return 1 if common else 3
    return 4 if "lưu ý" in case else 3 if "xuất trình" in case else 2


def _lines(group: DocumentSet, language: str) -> list[Line]:
    papers = [paper for paper in group.documents if paper_text(paper, language)]
    case = group.case
    heading = f"{case.rstrip(':')}:" if papers and 0 < len(case) <= _HEADING else ""
    lines = [Line(case)] if case and not heading else []
    for paper in sorted(papers, key=_paper_rank):
        text = paper_text(paper, language)
        lines.append(Line(text, "•" if _REMARK.match(text) else "📄", heading))
    return lines


def _paper_rank(paper: Document) -> int:
    text = clean_item(paper.name)
    return 0 if _TO_FILL_IN.match(text) else 2 if _REMARK.match(text) else 1


def paper_text(paper: Document, language: str) -> str:
    """Return a document's name with the copies asked for, unless its name counts them itself."""
    name = clean_item(paper.name) or ", ".join(form.name for form in paper.forms)
    if not name or _COUNTED.search(name) or _REMARK.match(name):
        return name
    counts = [say(language, key, n=n) for key, n in (("original", paper.originals), ("copy", paper.copies)) if n]
    return f"{name.rstrip('.')} ({', '.join(counts)})" if counts else name


def forms(procedure: Procedure, language: str) -> Body:
    """List the form files and the document each is for."""
    used = [(form, paper) for group in procedure.document_sets for paper in group.documents for form in paper.forms]
    if not used:
        return _named_forms(procedure, language)
    lines = tuple(Line(text, "📄") for text in distinct(_form_text(form, paper, language) for form, paper in used))
    linked = tuple(Attachment(form.name, form.url) for form in procedure.forms if form.url)
    hint = (say(language, "forms_hint"),) if procedure.source_url and not linked else ()
    return Body(lines=lines, notes=hint, attachments=linked)


def _form_text(form: Form, paper: Document, language: str) -> str:
    document = shorten(clean_item(paper.name), 140)
    text = say(language, "form_for", form=form.name, document=document) if document else form.name
    return f"{text} {form.url}".strip()


def _named_forms(procedure: Procedure, language: str) -> Body:
    """List the papers to fill in where the record has no form file."""
    papers = [paper for group in _cases(procedure) for paper in group.documents]
    texts = distinct(clean_item(paper.name) for paper in papers if _TO_FILL_IN.match(clean_item(paper.name)))
    if not texts:
        return unknown(Facet.FORMS, language)
    return Body(lines=tuple(Line(text, "📄") for text in texts), notes=(say(language, "forms_no_file"),))
